# 중단된 외부 서비스.
third-party-down = ⚠️ 외부 서비스 { $name } 중단({ $since }째): { $detail }
third-party-down-for = ⚠️ 외부 서비스 { $name } 중단({ $since }째): { $detail }. 의존하는 서비스: { $services }
