# 하위 에이전트에게 넘긴 일이 어떻게 되었는지.
handoff-nobody = { $agent } 역할로 답할 수 있는 곳이 없습니다.
handoff-slow = { $agent }의 답이 제때 오지 않았습니다.
handoff-failed = 처리하지 못했습니다: { $why }
