# 느린 엔드포인트.
usage-slow = 평균 응답 시간이 1초를 넘는 엔드포인트
slow-by-histograms = 히스토그램 기준
slow-by-table = 요청 테이블 기준
slow-found = { $source }: 최근 { $span } 동안 평균 1초를 넘은 엔드포인트 { $count }개입니다.
slow-none = { $source }: 최근 { $span } 동안 평균 1초를 넘은 엔드포인트가 없습니다. 가장 느린 순서로 보여 드립니다.
slow-nothing = { $source }: 최근 { $span } 동안 엔드포인트별 데이터가 없습니다.
slow-failed = { $source }: 조회하지 못했습니다. { $reason }
slow-column-service = 서비스
slow-column-endpoint = 엔드포인트
slow-column-requests = 요청 수
slow-column-mean = 평균
slow-column-p95 = p95
slow-column-slowest = 최대
