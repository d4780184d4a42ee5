# What guarded recovery tells people: refusals say what to do instead, outcomes say how an action ended.
guarded-line = { $handle } { $what } – { $where }.
guarded-undo-of = 되돌리기: { $what }
guarded-state = { $state ->
    [suggested] 제안만 함
    [forbidden] 정책상 금지됨
    [waiting] 승인 대기 중
    [queued] 승인됨, 곧 시작
    [running] 실행 중
    [verifying] 실행됨, 검증 중
    [succeeded] 성공
    [undoing] 되돌리는 중
    [undone] 되돌림
    [failed] 실패
    [unknown] 실행 여부를 알 수 없음
    [rejected] 거절됨
    [expired] 만료됨
    [stale] 더 이상 유효하지 않음
   *[cancelled] 취소됨
 }
guarded-no-such-action = 그런 조치가 없습니다. /ops actions 로 목록을 볼 수 있습니다.
guarded-no-such-incident = 그런 인시던트가 없습니다. /ops incidents 로 목록을 볼 수 있습니다.
guarded-no-target = 대상을 찾지 못해 아무것도 제안하지 않았습니다. 이름과 네임스페이스를 확인해 주세요.
guarded-off = { $environment } 환경에서는 복구가 꺼져 있어(autonomy.yaml) 아무것도 제안하지 않았습니다.
guarded-busy = 확인하는 동안 상황이 바뀌었습니다. 아무것도 하지 않았으니 다시 시도해 주세요.
guarded-nothing-changed = 이미 같은 값입니다. 값을 바꾸거나 그대로 승인해 주세요.
guarded-undo-unchangeable = 되돌리기는 이전 상태로 복원할 뿐 바꿀 값이 없습니다. 원하지 않으면 거절해 주세요.
guarded-use-undo = 조치를 되돌리려면 번호와 함께 /ops undo 를 사용해 주세요.
guarded-begun = { $handle } 조치는 이미 시작되어 바꿀 수 없습니다. 끝난 뒤에 되돌려 주세요.
guarded-evaluation-error = 정책을 평가하지 못해({ $why }) 실행할 수 없습니다. 정책 담당자에게 알려 주세요.
guarded-asks-nobody = 정책에 동의할 수 있는 사람이 없어 실행할 수 없습니다. 정책 담당자에게 알려 주세요.
guarded-not-tried = 봇이 읽은 정보로 계산했으며, 서버에서 시험해 보지는 않았습니다.
guarded-not-as-left = 복구 이후 다른 사람이 대상을 바꾸었으므로 그대로 둡니다.
guarded-target-changed = 표시된 뒤에 대상이 바뀌었습니다.
guarded-left-revision = { $ago } 전에 { $action } 조치가 { $name }을(를) 바로 이 리비전에서 롤백했습니다. 그래도 필요하면 { $action } 작업을 취소하세요.
guarded-incident-over = 제안된 뒤에 인시던트가 끝나 더 이상 필요하지 않습니다.
guarded-decision-changed = 정책의 판단이 달라졌습니다: { $why }
guarded-not-agreed = 필요한 동의가 없습니다.
guarded-too-late = 시작하기 전에 시간이 지났습니다. 아직 필요하면 다시 제안해 주세요.
guarded-voter-left = 동의한 사람이 더 이상 필요한 그룹에 없습니다.
guarded-groups-unreadable = 동의한 그룹의 구성원을 읽을 수 없습니다. 읽을 수 있게 되면 시작하고, 아니면 만료됩니다.
guarded-stopped = 정지 스위치가 켜져 있어 시작하지 않았습니다. /ops resume 후 다시 제안해 주세요.
guarded-not-done = 실행되지 않았으며 다시 시도하지 않습니다.
guarded-no-answer = { $backend } 응답이 제시간에 오지 않았습니다.
guarded-cannot-tell = 실행되었는지 알 수 없습니다.
guarded-cannot-check = 제시간에 반영된 것을 확인하지 못했습니다.
guarded-reconciled = 응답은 잃었지만 실제로 실행된 것을 확인했습니다.
guarded-recovered = { $duration } 만에 복구되었습니다.
guarded-time-over = 합의한 시간이 끝났습니다.
guarded-timer-stopped = 시간이 끝났지만 정지 스위치가 켜져 있습니다. /ops resume 후에 되돌립니다.
guarded-undo-stopped = 정지 스위치가 켜져 있어 되돌리지 않았습니다. /ops resume 후 사람이 되돌릴 수 있습니다.
guarded-undo-reason = { $handle } 조치를 되돌립니다.
guarded-undone-by = { $handle } 조치로 되돌렸습니다.
guarded-settled = { $by } 님이 확인했습니다: { $happened ->
    [yes] 실행되었습니다.
   *[no] 실행되지 않았습니다.
 }
vote-bot = 조치는 사람만 결정할 수 있습니다.
vote-foreign = 다른 워크스페이스의 구성원이라 결정할 수 없습니다. 이 팀의 구성원에게 부탁해 주세요.
vote-forged = 이 버튼은 제가 아는 조치와 맞지 않습니다. 인시던트 카드의 버튼을 사용해 주세요.
vote-state = { $state ->
    [suggested] { $handle } 조치는 제안일 뿐입니다. 이 환경에서는 승인으로 실행되지 않으니 사람이 직접 해야 합니다.
    [forbidden] { $handle } 조치는 정책상 금지되어 있습니다. 이유 버튼에서 규칙을 볼 수 있습니다.
    [queued] { $handle } 조치는 이미 필요한 승인을 모두 받았습니다.
    [granted] { $handle } 조치는 이미 필요한 승인을 모두 받았습니다.
    [running] { $handle } 조치는 이미 실행 중입니다.
    [used] { $handle } 조치의 승인은 이미 사용되었습니다. 다시 필요하면 새로 제안해 주세요.
    [verifying] { $handle } 조치는 실행되어 검증 중입니다.
    [succeeded] { $handle } 조치는 이미 실행되었습니다.
    [undoing] { $handle } 조치는 실행된 뒤 되돌리는 중입니다.
    [undone] { $handle } 조치는 실행된 뒤 되돌렸습니다. 아직 필요하면 다시 제안해 주세요.
    [failed] { $handle } 조치는 실패했습니다. 아직 필요하면 다시 제안해 주세요.
    [unknown] { $handle } 조치는 실행되었을 수 있습니다. 대상을 확인한 뒤 카드에서 알려 주세요.
    [rejected] { $handle } 조치는 거절되었습니다. 상황이 바뀌었으면 다시 제안해 주세요.
    [expired] { $handle } 조치는 제시간에 동의를 받지 못해 만료되었습니다. 아직 필요하면 다시 제안해 주세요.
    [stale] { $handle } 조치는 더 이상 유효하지 않습니다. 카드의 새 조치를 보거나 다시 제안해 주세요.
    [void] { $handle } 조치는 더 이상 승인을 받지 않습니다. 카드에서 상태를 확인해 주세요.
   *[cancelled] { $handle } 조치는 취소되었습니다. 아직 필요하면 다시 제안해 주세요.
 }
vote-twice = 이미 의견을 주셨습니다. 한 번만 반영되며 다른 사람의 동의가 필요합니다.
vote-stopped = { $by } 님이 정지 스위치를 켰습니다({ $reason }). /ops resume 전에는 승인할 수 없습니다.
vote-own = 본인이 요청한 조치입니다. 정책상 다른 사람의 동의가 필요하니 동료에게 부탁해 주세요.
vote-not-in-group = { $groups } 구성원만 결정할 수 있습니다. 그중 한 명에게 부탁해 주세요.
vote-group-unreadable = 지금 { $groups } 구성원을 읽을 수 없어 누구의 의견도 반영할 수 없습니다. 잠시 후 다시 시도해 주세요.
vote-group-empty = { $groups } 그룹에 아무도 없어 동의할 수 없습니다. 워크스페이스 관리자에게 그룹을 채워 달라고 부탁해 주세요.
vote-not-missing = 속한 그룹은 이미 동의했습니다. { $groups } 동의가 아직 필요합니다.
vote-cannot-check = 지금은 다시 확인할 수 없습니다: { $why } 아무것도 승인되지 않았으니 잠시 후 다시 시도해 주세요.
vote-outdated = { $handle } 조치는 승인되지 않았습니다. { $why }
vote-new-card = { $handle } 조치에서 지금 모습을 볼 수 있습니다. 여전히 맞다면 그것을 승인해 주세요.
vote-repeated = 의견이 이미 반영되었습니다.
vote-counted = 감사합니다, 반영했습니다. { $handle } 조치는 실행 전에 다른 사람의 동의가 더 필요합니다.
vote-granted = 감사합니다. { $handle } 조치가 승인되었습니다. 한 번 더 확인한 뒤 실행합니다.
vote-rejected = { $handle } 조치는 거절되어 실행되지 않습니다.
change-not-yours = { $handle } 조치는 요청한 사람과 { $groups } 그룹의 사람만 바꿀 수 있습니다. 생각하신 내용은 새 조치로 제안해 주세요.
cancel-state = { $handle } 조치는 취소할 수 없습니다: { $state ->
    [running] 실행 중입니다. 끝난 뒤에 되돌려 주세요.
    [undoing] 이미 되돌리는 중입니다.
    [unknown] 실행되었을 수 있습니다. 대상을 확인한 뒤 카드에서 알려 주세요.
   *[other] 이미 끝났습니다.
 }
undo-irreversible = { $handle } 조치는 되돌릴 방법이 없습니다.
undo-state = { $handle } 조치는 되돌릴 수 없습니다: { $state ->
    [running] 아직 실행 중입니다. 끝날 때까지 기다려 주세요.
    [undoing] 이미 되돌리는 중입니다.
    [undone] 이미 되돌렸습니다.
    [unknown] 실행 여부를 알 수 없습니다. 먼저 카드에서 확인한 내용을 알려 주세요.
   *[other] 아무것도 바꾸지 않았습니다.
 }
settle-state = { $handle } 조치는 불확실하지 않아 알려 주실 내용이 없습니다. 카드에서 상태를 확인해 주세요.
freeze-until = 동결은 미래에 끝나야 하며 최대 14일입니다. 예: /ops freeze 2h 배포 주말
brake-needs-reason = 다른 사람이 알 수 있도록 이유를 짧게 적어 주세요.
action-outcome-recovered = 복구됨
action-outcome-done = 완료
action-outcome-undone = 완료: 다른 조치를 되돌렸습니다
action-outcome-unverified = 실행됨, 되돌리기로 검증이 끝남
action-outcome-unverified-cancelled = 실행됨, 검증 취소
action-outcome-forbidden = 정책상 금지됨
action-outcome-rejected = 거절됨
action-outcome-expired = 만료됨
action-outcome-cancelled = 취소됨
action-outcome-changed = 다른 값의 조치로 대체됨
action-outcome-stopped = 정지 스위치로 취소됨
action-outcome-limit = 실행하지 않음: 한도를 모두 사용함
action-outcome-target-changed = 유효하지 않음: 대상이 바뀜
action-outcome-target-gone = 유효하지 않음: 대상이 없어짐
action-outcome-policy-changed = 유효하지 않음: 정책의 판단이 달라짐
action-outcome-incident-over = 유효하지 않음: 인시던트가 끝남
action-outcome-no-longer = 유효하지 않음: 더 이상 할 수 없음
action-outcome-voter-left = 유효하지 않음: 동의가 더 이상 인정되지 않음
action-outcome-not-applied = 실패: 바뀐 것 없음
action-outcome-not-happened = 실행되지 않음
action-outcome-withheld = 다시 시도하지 않음: 바뀐 것 없음
action-outcome-failed = 실패
action-outcome-timed-out = 제시간에 반영되지 않음
action-outcome-worse = 상황이 나빠짐
action-outcome-no-better = 나아지지 않음
action-outcome-unverifiable = 검증할 수 없음
action-outcome-timer = 시간이 끝남
action-outcome-unknown = 실행 여부를 알 수 없음
action-outcome-undone-worse = 상황이 나빠져 되돌림
action-outcome-undone-no-better = 나아지지 않아 되돌림
action-outcome-undone-unverifiable = 검증할 수 없어 되돌림
action-outcome-undone-failed = 실패하여 되돌림
action-outcome-undone-timed-out = 제시간에 반영되지 않아 되돌림
action-outcome-undone-timer = 시간이 끝나 되돌림
action-outcome-undone-by-person = 되돌림
action-outcome-undone-already = 필요 없음: 이미 되돌렸음
action-outcome-undo-stopped = 되돌리지 않음: 정지 스위치가 켜짐
action-outcome-undo-conflict = 되돌리지 않음: 다른 사람이 대상을 바꿈
action-outcome-undo-failed = 되돌리지 못함
action-outcome-undo-not-happened = 되돌려지지 않음
action-outcome-undo-unknown = 되돌렸는지 알 수 없음
