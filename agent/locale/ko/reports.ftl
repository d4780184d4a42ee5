# 일간·주간·월간 보고서와 각 지표의 계산 방법.
report-name-monthly = 월간 운영 보고서
report-name-sla = SLA 준수 보고서
report-name-weekly = 주간 운영 요약
report-name-daily = 일일 운영 보고서
report-time-month = { $year }년 { $month }월 · { $first } ~ { $last } · { $zone }
report-time-week = { $year }년 { $week }주차 · { $first } ~ { $last } · { $zone }
report-time-day = { $year }년 { $month }월 { $day }일 · { $zone }
report-so-far = { $time } · { $until }까지의 중간 집계
report-part-availability = 1. 시스템 가용성
report-part-performance = 2. 성능 지표
report-part-resources = 3. 리소스 사용량
report-part-incidents = 4. 주요 인시던트
report-part-improvements = 5. 개선 사항
report-part-success = 6. 운영 성공 지표
report-part-how = 지표별 계산 방법
report-part-agreements = 고객과 약속한 서비스 수준
report-part-standing = 현재 상태
report-part-week-incidents = 인시던트와 고객 영향
report-part-next-week = 다음 주 예정
report-part-day-incidents = 인시던트
report-head-availability = 전체 가용성은 { $value }이며, 서비스별 계획되지 않은 다운타임은 최대 { $down }입니다.
report-head-unmeasured = 가용성을 측정하지 못했습니다.
report-head-incidents = { $count ->
    [0] 인시던트가 없었습니다.
   *[other] 인시던트 { $count }건이 발생했고, { $felt ->
        [0] 고객 영향은 없었습니다.
       *[other] 그중 { $felt }건이 고객에게 영향을 주었습니다.
     }
 }
report-head-targets = 측정된 목표 { $measured }개 중 { $met }개를 달성했습니다(전체 { $count }개).
report-head-agreements = 고객과의 약속 { $count }개 중 { $measured }개를 측정했고, { $broken }개를 지키지 못했습니다.
report-head-credit = { $title }: 서비스 크레딧 { $credit }가 발생합니다.
report-figure-availability = 전체 가용성
report-figure-downtime = 계획되지 않은 다운타임
report-figure-maintenance = 계획된 유지보수
report-figure-latency = 평균 응답시간
report-figure-p95 = P95 응답시간
report-figure-requests = 일일 평균 요청 수
report-figure-cpu = CPU 평균 사용률
report-figure-memory = 메모리 평균 사용률
report-figure-storage = 스토리지 사용량
report-figure-incidents = 인시던트
report-figure-felt = 고객 영향 인시던트
report-figure-resolution = 평균 해결 시간(MTTR)
report-figure-early = 장애 조기 발견율
report-figure-false = 거짓 양성 비율
report-figure-mttd = 평균 탐지 시간(MTTD)
report-figure-mttr = 목표 시간 내 해결
report-figure-sla = SLA 준수율
report-figure-budget = 에러 버짓 소모율
report-figure-promise = 측정값
report-figure-breached = 집계된 다운타임
report-figure-covered = 데이터가 있는 시간
report-figure-excluded = 제외된 계획 유지보수
report-figure-credit = 서비스 크레딧
report-how-availability = 서비스별 가용성 목표에 따라 전체 요청 중 정상 요청의 비율({ $services }개 중 { $measured }개 측정). 시간 단위로 세는 서비스가 섞이면 평균을 냅니다.
report-how-downtime = 가용성 목표에서 실패한 요청(또는 시간 구간)의 비율에 데이터가 있는 시간을 곱한 값으로, 가장 긴 서비스({ $service })의 값입니다. { $excluded ->
    [yes] 계획된 유지보수는 제외합니다.
   *[no] 이 목표에는 계획된 유지보수 시간도 포함됩니다.
 }
report-how-maintenance = 기간 내 maintenance.yaml에 계획된 유지보수 시간으로, 서비스와 관계없이 합산하며 겹치는 시간은 한 번만 셉니다.
report-how-latency = 모든 서비스의 응답시간 합계를 요청 수로 나눈 값. 다른 서비스를 호출한 요청은 양쪽에서 셉니다.
report-how-p95 = 기간 내 모든 서비스의 요청 히스토그램에서 구한 95백분위수입니다.
report-how-requests = 데이터가 있는 날({ $of }일 중 { $days }일)의 전체 일일 요청 수 평균입니다.
report-how-cpu = 유휴 시간을 제외한 비율을 기간과 호스트 { $count }대에 대해 평균한 값입니다.
report-how-memory = 전체 메모리 대비 사용량을 기간과 호스트 { $count }대에 대해 평균한 값입니다.
report-how-storage = 기간 말 실제 파일 시스템 전체의 사용량을 총용량으로 나눈 값입니다.
report-how-incidents = 기간 내에 열린 인시던트이며 다른 인시던트에 합쳐진 것은 제외합니다. 그중 { $judged }건은 오탐으로 판단되었습니다.
report-how-felt = P0·P1 인시던트와 고객에게 공개적으로 안내된 인시던트({ $told }건)이며, 오탐은 제외합니다.
report-how-resolution = 해결된 인시던트 { $count }건의 문제 시작부터 종료까지의 평균 시간입니다. 다시 열린 인시던트는 마지막 기간만 셉니다.
report-how-early = 인시던트 { $count }건 중 { $found }건을 알림이나 봇의 감시, 배포 감시가 먼저 발견했고 나머지는 사람이 먼저 선언했습니다. 인시던트로 등록되지 않은 문제는 알 수 없습니다.
report-how-false = 알림이나 감시로 열려 종료된 { $count }건 중, 해결하거나 원인을 밝히면서 사람이 오탐이라고 한 { $said }건과 아무도 지휘·조치·기록하지 않은 채 음소거한 { $muted }건의 비율입니다. 저절로 끝난 것은 오탐으로 세지 않습니다.
report-how-mttd = 알림이나 감시로 열린 { $count }건의, 측정된 문제 시작부터 인시던트까지의 평균 시간입니다.
report-how-mttr = { $count }건 중 (마지막으로) 열린 뒤 우선순위별 목표 시간 안에 해결된 비율입니다. 목표 시간을 넘겨 진행 중인 건은 미달로 세고, 아직 시간이 남은 건은 세지 않습니다.
report-how-sla = 고객과 약속한 가용성 { $count }개 중 가장 낮은 값: { $service }.
report-how-budget = 기간 전체 에러 버짓 중 소모된 비율로, 가용성 목표와 고객 약속 { $count }개 중 가장 나쁜 값: { $objective }.
report-how-promise = 목표의 정의에 따라 { $unit_of ->
    [slices] 데이터가 있는 전체 시간 구간 중 정상 구간의 비율입니다.
   *[other] 전체 요청 중 정상 요청의 비율입니다.
 }
report-how-breached = 목표에서 실패로 센 비율에 데이터가 있는 시간을 곱한 값입니다.
report-how-covered = 계획된 유지보수를 뺀 지금까지의 기간 중 데이터가 있는 비율입니다. 나머지는 정상으로도 비정상으로도 세지 않습니다.
report-how-excluded = 기간 내 계획된 유지보수 시간으로, 약속에 따라 제외됩니다.
report-how-credit = 기간 전체에 대해 약속한 단계에 따라 정해집니다.
report-why-no-data = 해당 기간의 데이터가 없습니다
report-why-no-record = 이 기간에는 봇의 기록이 없습니다
report-why-no-incident = 측정할 인시던트가 없습니다
report-why-no-objective = 설정된 목표가 없습니다
report-not-measured = 측정하지 못함: { $why }.
report-no-data = 데이터 없음
report-met = 달성
report-missed = 미달
report-unmeasured = 측정 불가
report-window = 집계 기간: { $start } ~ { $end }({ $zone }). 측정하지 못한 항목에는 값을 적지 않습니다.
report-storage = { $total } 중 { $used }
report-column-figure = 지표
report-column-value = 값
report-column-target = 목표
report-column-judged = 판정
report-column-objective = 목표 항목
report-column-measured = 측정값
report-column-budget-left = 남은 버짓
report-column-covered = 데이터 범위
report-column-service = 서비스
report-column-requests = 일일 요청 수
report-column-average = 평균
report-column-p95 = P95 응답
report-column-errors = 오류율(5xx)
report-column-priority = 우선순위
report-column-count = 건수
report-column-detect = 탐지(MTTD)
report-column-acknowledge = 대응(MTTA)
report-column-resolve = 해결(MTTR)
report-column-within = 목표 시간
report-column-kept = 시간 내
report-column-agreement = 약속 항목
report-column-promised = 약속
report-column-excluded = 제외 시간
report-column-credit = 크레딧
report-column-tier = 측정값 구간
report-column-this = 이번 기간
report-column-incident = 인시던트
report-column-began = 시작
report-column-share = 비중
report-column-down = 다운타임
report-title-down = 다운타임 구성
report-down-rest = 알려진 인시던트가 없던 시간
report-how-down = 기간 전체의 나쁜 요청(구간) 중 인시던트 시작 10분 전부터 종료 2분 후까지 측정된 비중입니다. { $overlap ->
    [yes] 서로 겹친 인시던트는 같은 시간을 함께 포함하므로 비중의 합이 100%를 넘습니다.
   *[no] 서로 겹치는 인시던트는 같은 시간을 함께 포함합니다.
 }
report-chart-budget = 남은 에러 버짓
report-chart-incidents = 일별 인시던트
report-chart-resolution = 주별 평균 해결 시간(MTTR)
report-chart-requests = 일별 요청 수
report-alt-budget = 일별로 남은 에러 버짓의 비율. 기간 말: { $ends }.
report-alt-incidents = 기간 내 인시던트 { $count }건, 하루 최대 { $most }건.
report-alt-resolution = 주별 평균 해결 시간, 최대 { $longest }.
report-alt-requests = 일별 요청 수, { $least } ~ { $most }.
report-goes-on = 진행 중
report-case-when = 시작
report-case-lasted = 지속 시간
report-case-service = 서비스
report-case-cause = 원인
report-case-cure = 해결 방법
report-case-judged = 판단
report-case-customers = 고객
report-cause-unknown = 확인되지 않음
report-false-said = 오탐(담당자 판단)
report-false-muted = 오탐(음소거되었고 별도의 조치가 필요하지 않았음)
report-customers-told = 공개적으로 안내함
report-title-done = 완료
report-title-planned = 예정
report-title-open = 진행 중인 인시던트
report-done-task = { $task } 완료: { $text }
report-open-task = { $task }({ $since }부터 진행 중): { $text }
report-open-task-due = { $task }(기한 { $due }): { $text }
report-risk-open = 위험 R-{ $number } 등록됨(점수 { $score }): { $title }
report-risk-accepted = 위험 R-{ $number } 수용됨(점수 { $score }): { $title }
report-risk-mitigated = 위험 R-{ $number } 완화됨: { $title }
report-risk-closed = 위험 R-{ $number } 종료됨: { $title }
report-releases = 배포 { $count }건({ $services }), 그중 성능 저하 또는 실패 { $worse }건.
report-nothing-done = 완료된 후속 조치, 변경된 위험, 배포가 없습니다.
report-nothing-planned = 예정된 작업과 진행 중인 후속 조치가 없습니다.
report-more = 외 { $count }건
report-cases-left = 이 외 { $count }건은 수치에만 포함되어 있습니다.
report-rows-left = 이 외 { $count }개 행은 생략했습니다.
report-no-record = 이 기간에는 봇의 기록이 없어 인시던트가 있었는지 알 수 없습니다.
report-no-incidents = 이 기간에 열린 인시던트가 없습니다.
report-cut = 보고서가 읽을 수 있는 것보다 인시던트가 많아 최신 항목만 집계했습니다.
report-no-agreement = 고객과의 약속으로 지정된 목표가 없습니다.
report-no-breach = 이 기간에 약속을 어겼을 수 있는 인시던트가 없습니다.
report-credit-none = 약정 없음
report-tier = { $lowest ->
    [yes] { $high } 미만
   *[no] { $low } 이상 { $high } 미만
 }
report-tier-here = 해당
report-written = 작성 { $at }
report-page = { $page } / { $pages }쪽
report-figures = 주요 지표
report-files-below = 전체 보고서는 아래 스레드에 있습니다.
report-asked-by = { $who } 님이 요청함
report-which = 어떤 보고서인지 적어 주세요: { $kinds }.
report-ordered = { $title }({ $period }) 작성을 시작했습니다. 완료되면 파일과 함께 올라옵니다.
usage-report = 보고서: monthly(2026-10), weekly(2026-W43), sla(2026-10), daily(2026-10-23). 인수 없이 쓰면 지난달
error-which-period = 해당 기간을 이해하지 못했습니다. { $example }처럼 적어 주세요.
error-period-ahead = { $period }은(는) 아직 시작되지 않았습니다.
report-maintenance = { $start } ~ { $end } 계획된 유지보수: { $text }
