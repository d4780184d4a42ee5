# 하위 에이전트에게 넘긴 일이 어떻게 되었는지.
handoff-nobody = { $agent } 역할로 답할 수 있는 곳이 없습니다.
handoff-slow = { $agent }의 답이 제때 오지 않았습니다.
handoff-failed = 처리하지 못했습니다: { $why }

# 위험 대장.
risk-recurs = 최근 { $days }일 동안 { $times }번째입니다 (이전: { $incidents }).
risk-title = 원인 미상 알림 재발
risk-no-entry = R-{ $number } 위험은 없습니다.
risk-bad-owner = 이 위험을 맡을 사람을 알려 주세요.
risk-bad-review = 검토일은 오늘 이후여야 합니다.
risk-digest-head = { $week } 주간 위험 현황: 열린 위험 { $open }건, 검토 지연 { $overdue }건
risk-digest-line = R-{ $number } · 25점 중 { $score }점({ $level }) · { $title }
risk-digest-owner = 담당 { $owner }
risk-digest-nobody = 담당자 없음
risk-digest-review = { $date }까지 검토
risk-digest-overdue = { $date } 이후 검토 지연
risk-digest-more = 외 { $count }건
risk-no-incident = 그런 인시던트가 없습니다.
risk-not-mine = risk-manager는 { $kind } 질문에 답하지 않습니다.
risk-no-action = { $incident }에는 평가할 그런 조치가 없습니다.
