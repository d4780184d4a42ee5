# 중단된 외부 서비스.
third-party-down = ⚠️ 외부 서비스 { $name } 중단({ $since }째): { $detail }
third-party-down-for = ⚠️ 외부 서비스 { $name } 중단({ $since }째): { $detail }. 의존하는 서비스: { $services }
diagnosis-third-party = 외부 서비스 { $service } 중단. { $callers }: 이 서비스 없이는 동작할 수 없음
next-ask-third-party = { $service } 운영사에 복구 예정 시각 문의, 그동안 가능한 범위에서 우회
sign-third-party-down = 의존하는 외부 서비스가 중단된 상태
