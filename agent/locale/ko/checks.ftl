## 점검표: 모든 점검이 함께 쓰는 말
check-unseen = 확인하지 못했습니다
check-no-data = 데이터가 없습니다
check-no-data-of = { $what }에 대한 데이터가 없습니다
check-too-slow = { $seconds }초 안에 응답이 없었습니다
check-failed = 점검 자체가 실패했습니다
check-gone = 정책에 더 이상 없는 항목입니다

## 점검표 메시지
check-headline = *{ $title }* · { $time }
check-running = ⏳ { $count }개 중 { $done }개 확인
check-all-well = ✅ { $count }개 항목 모두 완료
check-open = { $what } · { $count }개 중 { $well }개 완료
check-taken-over = (다음 점검으로 넘어갔습니다)
check-count-attention = ⚠️ 주의 { $count }개
check-count-unknown = ❔ 확인 불가 { $count }개
check-count-todo = 👤 담당자 확인 { $count }개
check-count-waiting = ⏳ 미확인 { $count }개
check-asked = { $who } 님이 요청
check-again = { $time } { $who } 님의 요청으로 모두 다시 확인
check-late = 지연: { $due } 예정이었으나 { $began }에 시작했습니다
check-missed = 봇이 꺼져 있는 동안 놓친 점검 { $count }회: { $times }
check-left-over = 지난 점검에서 남은 항목 { $count }개: { $names }
check-done-by = { $time } { $who } 님이 완료
check-taken-back = { $time } { $who } 님이 { $whose } 님의 완료 표시를 취소
check-reminder = 점검 항목 { $count }개가 아직 남아 있습니다: { $names }
button-check-done = 완료
button-check-now = 조치하기
button-check-details = 자세히
button-check-again = 다시 확인
button-check-undo = 완료 취소
button-check-all = 모두 다시 확인
button-check-incident = 인시던트 열기
button-check-task = 할 일로 만들기
button-check-propose = { $action } 제안
dialog-check = 점검
dialog-check-done = 완료
dialog-check-task = 할 일
done-check-task = 할 일 { $task } 기록했습니다.
done-check-begun = { $title } 시작: { $where }에서 진행 상황을 볼 수 있습니다.
done-check-again = 오늘의 { $title }을(를) 기존 메시지에서 다시 확인합니다: { $where }
home-checks = *오늘의 점검*

## /ops checks
usage-checks = 매일·매주 점검: 일정, 지난 결과, 지금 실행
checks-title = *점검표 { $count }개*
checks-line = *{ $title }* (`{ $name }`) · 다음 { $next } · { $where }
    최근 { $last }: { $went }
checks-line-new = *{ $title }* (`{ $name }`) · 다음 { $next } · { $where }
    아직 실행한 적이 없습니다.
checks-never = 아직 실행한 적이 없습니다.
checks-none = 점검표가 없습니다. policies/checks에 작성해 주세요.
checks-next = *{ $title }*: 다음 일정
problem-no-checklist = “{ $name }”(이)라는 점검표가 없습니다. 있는 점검표: { $known }.
problem-check-verb = “{ $word }”은(는) run, last, next 중 하나가 아닙니다.
problem-check-gone = 다시 확인하면서 없어진 제안입니다.
problem-check-incident = 이 항목에서 이미 인시던트를 열었습니다.
error-check-waiting = 봇이 아직 확인하고 있습니다.
error-check-nothing-again = 봇이 확인하는 항목이 없습니다.
error-check-left = 더 새로운 점검으로 넘어갔습니다.
error-no-check-item = 그런 항목이 없습니다.
error-no-checklist = 그런 점검표가 없습니다.

## 점검 결과
check-services-well = 서비스 { $count }개 모두 정상이고 알림도 없습니다
check-services-bad = 서비스 { $count }개 중 { $bad }개를 살펴봐야 합니다: { $names }
check-services-unseen = { $names }의 수치가 없습니다
check-service-line = { $service }: 가동 { $up }, 오류 { $errors }, P95 { $p95 }
check-service-alerting = { $service }: 가동 { $up }, 오류 { $errors }, P95 { $p95 }, 알림 발생 중
check-alerts-none = { $since } 이후 인시던트가 없습니다
check-alerts-handled = { $since } 이후 인시던트 { $count }건, 모두 처리됨
check-alerts-unanswered = 응답 없는 인시던트 { $count }건 ({ $since } 이후 { $total }건)
check-incident-over = { $name } { $priority } { $title }: { $lasted } 만에 종료
check-incident-held = { $name } { $priority } { $title }: { $who } 님이 담당
check-incident-unanswered = { $name } { $priority } { $title }: { $age }째 응답 없음
check-metrics-well = 목표 { $objectives }개를 지키고 있고 주요 수치도 평소와 같습니다
check-metrics-bad = 목표 { $objectives }개 중 { $missed }개 미달, 평소보다 나쁜 주요 수치 { $worse }개
check-metrics-unmeasured = { $names }의 데이터가 없습니다
check-objective-missed = { $name }: 목표 { $target }, 현재 { $sli }, 오류 예산 { $spent } 사용
check-objective-short = { $name }: 오류 예산 { $spent } 사용
check-figure-worse = { $figure }: { $now }, 어제 { $yesterday }, 지난주 { $week }
check-figure-same = { $figure }: { $now } (어제 { $yesterday }, 지난주 { $week })
check-figure-requests = 초당 요청 수
check-figure-errors = 실패한 요청
check-figure-latency = P95 지연 시간
check-speed-well = P95가 { $limit }보다 느린 서비스가 없습니다. 가장 느린 서비스는 { $service }({ $p95 })입니다
check-speed-bad = P95가 { $limit }보다 느린 서비스 { $count }개
check-speed-line = { $service }: P95 { $p95 }
check-speed-objective = { $name }: 충분히 빠른 요청이 { $sli }, 약속은 { $target }
check-planned-none = { $day }에 예정된 작업이 없습니다
check-planned = { $day }에 예정된 일 { $count }개
check-planned-window = 변경 동결: { $name }
check-planned-freeze = { $who } 님의 변경 동결, { $until }까지: { $reason }
check-planned-maintenance = 유지보수: { $name }, { $start }부터 { $end }까지 ({ $services })
check-planned-release = 배포: { $service } { $release }, { $at } (담당: { $who })
check-planned-handover = { $schedule } 당직: { $at }부터 { $who }
check-planned-task = 할 일 { $task }: { $text }
check-planned-everything = 전체 서비스
