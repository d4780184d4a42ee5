# What the policies say of an action, and of a person who may not use a command.
policy-or = { " 또는 " }
policy-people = { $count ->
    [1] { $groups } 중 한 명
   *[other] { $groups } 중 서로 다른 { $count }명
 }
policy-people-others = { $count ->
    [1] 요청자를 제외한 { $groups } 중 한 명
   *[other] 요청자를 제외한 { $groups } 중 서로 다른 { $count }명
 }
policy-needs = { $people }의 승인이 필요합니다 (규칙 “{ $rule }”)
policy-permitted = 실행할 수 있습니다: { $rule }
policy-forbidden = 실행할 수 없습니다: { $rule }
policy-cannot-tell = 규칙 “{ $rule }”을(를) 판단할 수 없어 실행할 수 없습니다: { $why }
policy-no-rule = { $environment } 환경에서 { $action } 실행을 허용하는 규칙이 없어 실행할 수 없습니다
policy-off = { $environment } 환경에서 복구 기능이 꺼져 있어 실행할 수 없습니다
policy-irreversible = 자동으로 되돌려야 한다는 규칙이 있지만 { $action }은(는) 되돌릴 수 없어 실행할 수 없습니다
policy-autonomy-approve = 규칙은 허용하지만 { $environment } 환경에서는 사람이 먼저 확인합니다
policy-budget = 남은 오류 예산 { $left }
policy-budget-unknown = 오류 예산을 알 수 없음
policy-no-freeze = 변경 동결 없음
policy-freeze = 변경 동결: { $reason }
policy-error-service = 대상의 서비스를 알 수 없습니다
policy-error-tier = 서비스의 중요도를 알 수 없습니다
policy-error-priority = 인시던트에 속하지 않아 우선순위가 없습니다
policy-error-budget = 오류 예산을 알 수 없습니다
policy-error-share = 영향을 받는 용량의 비율을 알 수 없습니다
policy-error-size = 변경 전후의 크기를 알 수 없습니다
policy-error-age = 대상이 얼마나 오래되었는지 알 수 없습니다
policy-error-odd = 값의 형식이 예상과 다릅니다 ({ $problem })
policy-verdict-permit = 실행 가능
policy-verdict-ask = 승인을 받으면 실행 가능
policy-verdict-forbid = 실행 불가
policy-tree-title = **{ $verdict }** · `{ $environment }` 환경의 `{ $action }`, 자율 수준 `{ $autonomy }`
policy-tree-rules = **이 조치에 관한 규칙**
policy-tree-none = 이 조치에 관한 규칙이 없습니다.
policy-tree-limits = **한도:** { $limits }
policy-tree-expires = 승인 요청은 { $span } 뒤에 만료됩니다.
policy-tree-undo = { $span } 뒤에 자동으로 되돌립니다.
policy-tree-digest = 정책 `{ $digest }`
policy-limit-incident = 인시던트당 { $most }회
policy-limit-target = 대상당 { $most }회
policy-limit-hour = 시간당 { $most }회
policy-limit-day = 하루 { $most }회
policy-rule-applies = { $rule } ({ $effect })
policy-rule-waived = “{ $by }” 규칙으로 면제됨: { $rule }
policy-rule-idle = 해당 없음: { $rule }
policy-rule-error = 판단할 수 없음: { $rule }
policy-effect-permit = 허용
policy-effect-ask = 승인 필요
policy-effect-forbid = 금지
policy-predicate = { $name }: 기대 { $expected }, 실제 { $actual }
policy-predicate-error = { $name }: 기대 { $expected }, 그러나 { $error }
access-unlisted = access.yaml에 { $command } 명령이 없어 아무도 사용할 수 없습니다. 정책 담당자에게 문의하세요.
access-groups = { $groups } 구성원만 { $command } 명령을 사용할 수 있습니다 (규칙 { $rule }). 구성원에게 요청하세요.
access-channels = { $command } 명령은 { $channels }에서만 사용할 수 있습니다 (규칙 { $rule }).
