# 조치가 얼마나 위험한지, 그 이유는 무엇인지.
risk-level-low = 낮음
risk-level-moderate = 보통
risk-level-high = 높음
risk-level-severe = 심각
risk-line = 위험도 100점 중 { $score }점({ $level }): { $reasons }
risk-line-bare = 위험도 100점 중 { $score }점({ $level })
risk-rule = 위험도 { $level }
risk-forbids = 실행할 수 없습니다. risk.yaml이 이만큼 위험한 조치를 금지합니다
risk-unassessable = 실행할 수 없습니다. 위험도를 평가하지 못했습니다 ({ $why })

risk-factor-share = 전체 용량의 { $share }에 영향 ({ $what })
risk-factor-count = 영향 범위 { $what }
risk-factor-services = 서비스 { $count }개에 영향 ({ $services })
risk-factor-irreversible = 되돌릴 수 없음
risk-factor-harm = { $harm ->
    [low] 잘못되어도 피해가 작음
    [medium] 잘못되면 어느 정도 피해가 있음
   *[high] 잘못되면 피해가 큼
 }
risk-factor-budget = 오류 예산 { $left } 남음
risk-factor-budget-unknown = 오류 예산을 알 수 없음
risk-factor-freeze = 변경 동결 중 ({ $reason })
risk-factor-outside-hours = 업무 시간 외
risk-factor-dependants = { $count ->
    [1] { $services } 서비스가 이 서비스를 호출함
   *[other] { $count }개 서비스가 이 서비스를 호출함 ({ $services })
 }
risk-factor-untried = 최근 { $days }일 동안 이 대상에 실행한 적 없음
risk-factor-history = 최근 { $days }일 이 대상에서의 결과: 성공 { $succeeded }회, 실패 { $failed }회, 되돌림 { $undone }회
risk-factor-priority = { $priority } 인시던트 대응 중
