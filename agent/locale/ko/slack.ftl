# What the Slack app says beside the card.
answer-working = 살펴보는 중 …
answer-none = 그에 대해 찾은 내용이 없습니다.
ask-what = 무엇이 궁금하신가요? 예: checkout이 왜 느려?
ask-title = { $name } 질문
ask-label = 질문
ask-hint = 예: 이 일 전에 { $service }에서 무엇이 바뀌었어?
asked-by = { $who } 님의 질문: { $question }
button-close = 닫기
declare-title = 인시던트 선언
declare-what = 무엇이 문제인가요?
declare-service = 서비스
declare-service-hint = 서비스를 고르거나 입력하세요
declare-priority = 우선순위
declare-description = 더 아는 내용이 있나요?
declare-submit = 선언
declare-needs-title = 무엇이 문제인지 짧게 적어 주세요.
declare-needs-service = 가장 큰 영향을 받는 서비스를 고르세요.
declare-needs-priority = 우선순위를 고르세요.
priority-P0 = P0 · 치명적
priority-P0-means = 전체 중단, 데이터 손실 또는 보안 침해
priority-P1 = P1 · 높음
priority-P1-means = 중요한 기능이 많은 사용자에게 동작하지 않음
priority-P2 = P2 · 보통
priority-P2-means = 일부 저하, 우회 가능
priority-P3 = P3 · 낮음
priority-P3-means = 외관 문제 또는 개선 사항
did-you-mean = { $guess } 말씀이신가요?
try-help = `/ops help`를 입력해 보세요.
done-acknowledged = { $name } 대응자로 등록했습니다. 카드에 표시됩니다.
done-resolved = { $name } 해결 처리했습니다. 카드가 초록색으로 바뀝니다.
done-reopened = { $name } 다시 열었습니다. 봇이 다시 조사합니다.
done-noted = { $name } 타임라인에 기록했습니다.
done-muted = { $name }와 같은 알림을 { $span } 동안 보내지 않습니다.
done-declared = { $name } 선언했습니다. 카드는 { $channel }에 있습니다.
evidence-title = { $name } 근거
evidence-none = 이 인시던트에 대해 아직 읽은 내용이 없습니다.
evidence-page = { $pages }쪽 중 { $page }쪽
evidence-newer = ← 최신
evidence-older = 이전 →
evidence-origin = { $backend }의 { $tool }
evidence-open = 열기
help-title = *할 수 있는 일.* 답은 본인에게만 보이고, 카드는 채널에 올라갑니다.
help-mention = 채널에서 이름을 불러 물어보세요: @ops-monitor checkout이 왜 느려? 인시던트 스레드에서는 어떤 인시던트인지 알고 답합니다.
help-examples = 예:
usage-help = 이 목록. 명령 뒤에 붙이면 그 명령의 도움말
usage-status = 열린 인시던트, 서비스, 백엔드
usage-incidents = 열린 인시던트와 최근 인시던트
usage-show = 인시던트 카드
usage-metrics = 서비스의 신호를 차트와 쿼리로
usage-logs = 눈에 띄는 로그와 최신 로그
usage-pods = 서비스의 파드: 준비, 재시작, 이유
usage-alerts = 지금 발생 중인 알림
usage-ask = 자유롭게 질문
usage-ack = 대응 시작을 알림
usage-resolve = 인시던트 해결
usage-reopen = 종료된 인시던트 다시 열기
usage-note = 타임라인에 한 줄 추가
usage-mute = 같은 알림을 잠시 끔
usage-declare = 인시던트를 직접 선언
welcome = *알림을 인시던트로 묶어 카드 한 장으로 보여 주고, 서비스에 대한 질문에 답합니다.* 고르거나 `/ops help`를 입력하세요.
welcome-short = 무엇을 할까요?
shortcut-status = 상태
shortcut-incidents = 인시던트
shortcut-alerts = 알림
shortcut-declare = 인시던트 선언
shortcut-help = 전체 명령
mute-no-reason = 사유 없음
problem-unexpected = 처리하지 못했습니다. 저희 쪽 문제이며 로그에 남았습니다. 다시 시도해 주세요.
problem-no-such-incident = { $name } 인시던트가 없습니다. /ops incidents로 목록을 볼 수 있습니다.
problem-which-incident = 어떤 인시던트인지 적어 주세요. 예: INC-3. /ops incidents로 목록을 볼 수 있습니다.
problem-how-long = 기간을 적어 주세요. 예: 30m, 2h, 1d (최대 30일).
problem-no-card-yet = { $name } 카드가 아직 없습니다. 잠시 후 다시 시도해 주세요.
problem-unknown-command = { $word } 명령은 없습니다.
home-title = 현재 상황
home-updated = { $time } 기준
home-incidents = { $count ->
    [0] *문제가 없습니다.* 열린 인시던트가 없습니다.
   *[other] *열린 인시던트 { $count }건*
 }
home-incident = *{ $priority } · { $name }* { $title }
    { $since }부터 · { $where } · { $who }
home-new = 미확인
home-services = *서비스*
home-unknown = 지금은 알 수 없습니다. 백엔드가 제때 응답하지 않았습니다.
home-backends = *볼 수 있는 것:* 백엔드 { $count }개 중 { $good }개 응답
home-backends-good = *볼 수 있는 것:* 백엔드 { $count }개 모두 응답
home-watches = *카드가 올라가는 곳*
home-how = *사용 방법*
    • 어느 채널에서든 물어보세요: @ops-monitor checkout이 왜 느려?
    • `/ops`는 할 수 있는 일을, `/ops help`는 전체 목록을 보여 줍니다
    • 카드에서: 맡을 때 확인, 본 것을 볼 때 근거, 더 알아볼 때 질문
    • 한국어나 영어로 직접 메시지를 보내세요
