# 일정 기간 동안 팀의 인시던트가 어떻게 처리되었는지.
figures-none = 최근 { $span } 동안 열린 인시던트가 없습니다.
figures-head = 최근 { $span } 동안 **인시던트 { $count }건**. 각 칸은 중앙값 / 90백분위(건수)입니다.
figures-how = 탐지와 대응은 인시던트가 열린 시점을 기준으로, 완화와 해결은 문제가 시작된 시점부터 계산합니다. 다시 열린 인시던트는 마지막 기간만 셉니다.
figures-which-span = 7d, 30d처럼 1년 이하의 기간을 적어 주세요.
figures-updates = 공지: { $due }건 중 { $sent }건 발송, { $late }건 지연
figures-calls = 1인당 주간 호출: { $people }
figures-line = { $name }({ $count }건): 탐지 { $detect } · 대응 { $acknowledge } · 완화 { $mitigate } · 해결 { $resolve }
column-figures-group = 우선순위 또는 서비스
column-figures-count = 인시던트
column-figures-detect = 탐지(MTTD)
column-figures-acknowledge = 대응(MTTA)
column-figures-mitigate = 완화(MTTM)
column-figures-resolve = 해결(MTTR)
usage-figures = 인시던트 처리 현황: 탐지·대응·완화·해결 시간, 공지, 1인당 호출
