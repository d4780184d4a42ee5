# 조회 결과를 한 줄로. 영어에서는 도구가 쓴 문장을 그대로 보여 줍니다.
reading-nothing = { $subject } 데이터 없음
reading-signal = { $subject } { $now }
reading-signal-normal = { $subject } { $now }, 평소 { $normal }
reading-chart = { $subject } 차트
reading-budget = { $service } 오류 예산 { $left } 남음
reading-patterns = 로그 패턴 { $count }개(새 패턴 { $fresh }개), 로그 { $lines }줄
reading-lines = 로그 { $count }줄
reading-changes = 변경 { $count }건, 최근: { $newest }
reading-events = 클러스터 이벤트 { $count }건
reading-alerts = 발생 중인 알림 { $count }건
reading-edges = 호출 관계 { $count }쌍
reading-pods = 파드 { $count }개 중 { $ready }개 준비됨
