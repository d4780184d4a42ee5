## 용량, 백업, 로그, 보안, 인증서, 유지보수 점검에서 나온 것
check-part-unseen = 일부는 확인하지 못했습니다: { $why }

check-disk-ok = { $count }개 중 가장 많이 찬 곳은 { $what }, { $share } (기준 { $limit })
check-disk-over = { $count }개 중 { $over }개가 { $limit } 이상 찼습니다. 가장 많이 찬 곳은 { $what }, { $share }
check-disk-filling = 모두 { $limit } 미만이지만({ $what } { $share }) 곧 가득 찰 곳이 있습니다
check-disk-one = { $what } 사용량 { $share }
check-disk-pace = 지금 속도라면 { $what }이(가) { $days }일 뒤 가득 찹니다 (구간 { $earliest }~{ $latest }일)

check-backups-ok = 백업 { $count }개. 가장 오래된 최신 백업은 { $what }, { $age } 전 (기준 { $limit })
check-backups-bad = 백업 { $count }개에서 살펴볼 점이 { $bad }가지 있습니다
check-backups-gone = { $what }: 그런 작업이 없습니다
check-backups-never = { $what }이(가) 한 번도 성공하지 못했습니다
check-backups-old = { $what }: 최신 백업이 { $age } 전 것입니다
check-backups-failed = { $what }이(가) 마지막 성공 뒤 { $count }번 실패했습니다
check-backups-asleep = { $what }이(가) 일시 중지되어 있습니다
check-backups-small = { $what }: 최신 백업이 { $size }입니다. 보통은 { $usual }입니다
check-backups-usual = { $what }: { $size }, 보통 { $usual }
check-restore-ok = { $age } 전 복구 시험({ $what })에 성공했습니다
check-restore-bad = 복구 시험을 살펴봐야 합니다
check-restore-person = 복구를 시험하는 작업이 없어 담당자가 직접 해야 합니다
check-restore-step1 = 가장 최근 백업을 실제 데이터베이스 위가 아니라 옆의 빈 데이터베이스에 복구해 주세요.
check-restore-step2 = 큰 테이블 두 개의 행 수를 세고 어제의 기록이 있는지 확인해 주세요.
check-restore-step3 = 걸린 시간과 빠진 것을 적고 완료를 눌러 주세요.

check-errors-none = 최근 { $window } 동안 기록된 오류가 없습니다
check-errors-known = 최근 { $window } 동안 오류 { $total }건, 모두 이미 있던 패턴 { $known }가지입니다
check-errors-new = 최근 { $window } 동안 오류 { $total }건 중 새로운 패턴 { $fresh }가지
check-errors-alone = 최근 { $window } 동안 오류 { $total }건. 비교할 하루 전 로그가 없습니다
check-errors-one = { $service }, { $count }번: “{ $sample }”

check-security-quiet = 지난 점검 이후 발생한 보안 이벤트가 없습니다
check-security-open = 지난 점검 이후 보안 인시던트 { $count }건 중 { $open }건이 열려 있습니다
check-security-signs = 인시던트는 없지만 살펴볼 징후가 있습니다
check-security-one = { $name } ({ $priority }, { $at }부터): { $title }
check-security-ended = { $name } ({ $priority }, { $at }) 종료: { $title }
check-security-logins = 최근 { $window } 로그인 실패 { $count }건, 하루 전 { $usual }건
check-security-logins-many = 최근 { $window } 로그인 실패 { $count }건, 하루 전 { $usual }건보다 훨씬 많습니다
check-security-logins-alone = 최근 { $window } 로그인 실패 { $count }건. 비교할 하루 전 데이터가 없습니다
check-security-signal = { $what }의 { $signal }: { $value }

check-quotas-none = 할당량이 설정된 네임스페이스가 없습니다
check-quotas-ok = 한도 { $count }개 모두 { $limit } 미만. 가장 많이 쓴 것은 { $namespace }의 { $what }, { $share }
check-quotas-over = 한도 { $count }개 중 { $over }개를 { $limit } 이상 썼습니다
check-quotas-one = { $namespace }, { $what }: { $hard } 중 { $used } ({ $share })

check-certificates-ok = 인증서 { $count }개. 가장 먼저 만료되는 { $what }은(는) { $days }일 남았습니다
check-certificates-ending = 인증서 { $count }개 중 { $ending }개가 { $warn }일 안에 만료됩니다
check-certificates-urgent = { $what }이(가) { $days }일 뒤 만료됩니다. 지금 갱신해 주세요
check-certificates-soon = { $what }이(가) { $days }일 뒤 만료됩니다
check-certificates-untrusted = { $what }의 인증서가 검증되지 않습니다

check-capacity-ok = { $within }일 안에 { $limit }에 이르는 것이 없습니다. 가장 먼저 볼 것은 { $what }의 { $resource }, 현재 { $now }
check-capacity-soon = { $what }의 { $resource }이(가) { $days }일 뒤 { $limit }에 이릅니다 (구간 { $earliest }~{ $latest }일)
check-capacity-there = { $what }의 { $resource }이(가) { $now }로 이미 한도를 넘었습니다
check-capacity-date = { $what }의 { $resource }: 현재 { $now }, { $days }일 뒤 한도 (구간 { $earliest }~{ $latest }일)
check-capacity-none = { $what }의 { $resource }: 현재 { $now }. { $why }
check-capacity-disk = 디스크
check-capacity-memory = 메모리
check-capacity-cpu = CPU 사용률
check-capacity-requests = 요청 처리량
check-capacity-why-history = 지난 데이터가 너무 짧아 날짜를 예측할 수 없습니다
check-capacity-why-trend = 뚜렷한 추세가 없어 날짜를 예측할 수 없습니다
check-capacity-why-away = 줄고 있습니다
check-capacity-why-far = 한도까지 1년 넘게 남았습니다
check-capacity-why-crossed = 이미 한도를 넘었습니다
check-capacity-why-unlimited = 정해진 한도가 없습니다

check-indices-ok = 날짜별 인덱스 { $count }개, 오래된 것 없음. 로그 저장소의 수명 주기가 { $managed }개를 관리합니다
check-indices-bad = 날짜별 인덱스 { $count }개 중 너무 오래된 것 { $expired }개, 수명 주기에서 멈춘 것 { $stuck }개
check-indices-expired = { $pattern } 중 { $count }개가 { $days }일보다 오래되었습니다: { $oldest }부터 { $newest }까지
check-indices-trouble = { $what }이(가) { $policy } 정책에서 멈춰 있습니다: { $why }
check-indices-late = { $what }은(는) { $age }일 되어 { $policy } 정책이 이미 삭제했어야 합니다

check-store-ok = 메모리의 시계열 { $series }개, 보존 기간 { $retention }. 측정한 { $measured }가지 모두 정상입니다
check-store-bad = 메트릭 저장소에서 살펴볼 점이 { $bad }가지 있습니다
check-store-one = { $what } { $value } ({ $detail })
check-store-plain = { $what } { $value }
check-store-untold = 측정되지 않음: { $what }
check-store-series = 메모리의 시계열
check-store-retention = 보존 기간
check-store-wal = 선행 기록 로그(WAL)
check-store-configuration = 설정
check-store-targets = 응답하지 않는 수집 대상
check-store-rules = 실패하는 규칙
check-store-evaluations = 하루 동안 실패한 규칙 평가
check-store-compactions = 하루 동안 실패한 압축
check-store-notifications = 하루 동안 버려진 알림
check-store-blocks = 디스크의 블록
check-store-oldest = 가장 오래된 샘플

check-images-ok = 쓰지 않는 이미지가 { $size }를 차지합니다. 디스크가 { $acts }에 이르면 kubelet이 스스로 정리합니다 (현재 최대 { $fullest })
check-images-person = 쓰지 않는 이미지가 { $size }를 차지합니다. kubelet은 디스크가 { $acts }에 이르러야 { $stops }까지 정리합니다 (현재 최대 { $fullest })
check-images-node = { $node }: 이미지 { $count }개, { $size }, 예: { $largest }. 정리 명령: { $command }

## 로그 인덱스에 대한 조치
deed-unit-indices = 인덱스 { $count }개
action-delete_indices = { $pattern } 로그 인덱스 { $count }개 삭제 ({ $size })
action-delete_indices-what = 목록에 있는 인덱스만 하나씩 다시 확인하며 삭제하고, 예상과 다르면 바로 멈춥니다. 되돌릴 수 없으며 스냅샷으로만 복구할 수 있습니다.
action-set_index_lifecycle = 로그 인덱스 { $count }개를 { $policy } 정책으로 관리 ({ $ends })
action-set_index_lifecycle-what = 목록에 있는 인덱스를 로그 저장소의 수명 주기 정책에 맡깁니다. 오래되면 저장소가 스스로 삭제합니다. 되돌리면 각 인덱스가 원래 정책으로 돌아갑니다.
