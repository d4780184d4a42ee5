# PagerDuty에서 알려 온 일.
timeline-pager_said = PagerDuty 소식: { $what }
pager-said-resolved = { $who } 님이 PagerDuty에서 해결 처리함. 알림이 끝나거나 누군가 여기서 해결할 때까지 인시던트는 열려 있음
pager-said-escalated = { $who } 님이 { $what } 쪽으로 에스컬레이션
pager-said-reassigned = { $who } 님이 담당을 { $what } 쪽으로 변경
pager-said-priority_updated = { $who } 님이 PagerDuty에서 우선순위를 { $what }(으)로 변경
