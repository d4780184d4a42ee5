# 자동 복구가 스스로에 대해 하는 말: 어떻게 시작되었고, 각 단계가 어떻게 되었으며, 왜 끝났는지.
recovery-begun = { $service }에 대해 { $title } 시작
recovery-ended = { $title } 종료: { $why }
recovery-notice = { $service }에 대해 { $title } 진행 중 ({ $incident }).
recovery-to-be-paged = { $groups } 호출 대상: { $words }
recovery-to-be-told = { $groups } 앞: { $words }
recovery-returning = 트래픽의 { $share } %가 돌아옵니다
recovery-taken-back = { $title }: 임시로 바꾼 것을 모두 되돌렸습니다.
recovery-partly-back = { $title }: 바꾼 것을 모두 되돌리지는 못했습니다. 남은 것은 각 단계에 적혀 있습니다.
recovery-kept = { $title }: 충분히 오래 정상이었던 적이 없어 바꾼 것을 그대로 둡니다.

recovery-step-not-needed = 여기서는 필요하지 않습니다.
recovery-step-not-yet = 아직 아님: { $why }
recovery-step-suggested = 제안만 했습니다. 이 환경에서는 조치를 실행하지 않습니다.
recovery-step-unseen = 건너뜀: { $reference } 값을 알 수 없습니다. { $why }.
recovery-step-forbidden = 정책이 { $handle } 조치를 금지합니다.
recovery-step-rejected = { $handle } 조치가 거절되었습니다.
recovery-step-expired = 제때 { $handle } 조치를 결정한 사람이 없습니다.
recovery-step-cancelled = { $handle } 조치가 취소되었습니다.
recovery-step-stale = 대상이 바뀌어 { $handle } 조치가 더는 맞지 않습니다.
recovery-step-undone = { $handle } 조치를 되돌렸습니다.
recovery-step-failed = { $handle } 조치가 효과가 없었습니다.

recovery-why-recovered = 복구됨
recovery-why-frozen = 변경이 동결되어 중단
recovery-why-person_took_over = 사람이 직접 맡아 중단
recovery-why-cause_changed = 다른 원인이 진단되어 중단
recovery-why-step_failed = 실패하면 안 되는 단계가 실패하여 중단
recovery-why-gone = 시작할 때의 내용이 정책에 더는 없어 중단
recovery-why-nothing_to_do = 여기서 할 수 있는 단계가 없음
recovery-why-told = 담당자에게 알림, 바꿀 것은 없음
recovery-why-not_recovered = 모든 단계가 끝났지만 문제가 그대로임
recovery-why-not_run = 실행된 조치가 없음

recovery-unseen-nothing = 그런 것이 관측되지 않았습니다
recovery-unseen-no-cause = 진단된 원인이 없습니다
recovery-unseen-no-service = 알려진 서비스가 없습니다
recovery-unseen-node-not-measured = { $node }에서 측정되는 파드가 없습니다
recovery-unseen-nowhere = { $pod }의 네임스페이스가 보이지 않습니다
recovery-unseen-no-pods = { $service }의 파드가 보이지 않습니다
recovery-unseen-no-revision = { $service }에는 이전 리비전이 없습니다
recovery-unseen-left-revision = 최근 { $action } 조치가 리비전 { $revision }에서 롤백했습니다
recovery-unseen-no-pool-size = { $service }의 풀 크기를 알려 주는 지표가 없습니다
recovery-unseen-no-rates = 서비스 사용량을 측정하는 것이 없습니다
recovery-unseen-unread = 읽을 수 없습니다: { $why }
recovery-unseen-no-number = 숫자가 아닙니다
recovery-unseen-no-workload = { $pod }은(는) Deployment나 StatefulSet에 속하지 않습니다
recovery-unseen-not-apart = { $service }의 인스턴스를 구별할 수 없습니다
recovery-unseen-none-worse = { $service }에서 유독 더 실패하는 인스턴스가 없습니다
recovery-unseen-all-ready = 모든 파드가 준비 상태입니다
recovery-unseen-not-measured = 파드의 { $what } 값이 측정되지 않습니다

judge-over = 더는 발생 중인 알림이 없습니다.
judge-better = { $count ->
   *[other] { $rules }
} 조건이 더는 성립하지 않습니다.
judge-same = { $rule } 조건이 여전히 성립합니다 ({ $value }, 기준은 { $threshold }).
judge-same-plain = { $rule } 조건이 여전히 성립합니다.
judge-worse = { $rule }: 조치를 시작할 때의 { $before }에서 { $value }(으)로 뚜렷이 나빠졌습니다 (기준은 { $threshold }).
judge-new-alert = { $service }의 { $rule } 알림이 조치를 시작한 뒤에 새로 발생했습니다.
judge-silent = { $rule } 조건이 더는 아무것도 측정하지 않아 아무것도 증명하지 못합니다.
judge-unreadable = { $rule } 조건을 확인할 수 없습니다: { $why }
