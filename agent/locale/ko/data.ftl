# 캐시, 데이터베이스, 알림 중지에 대한 조치입니다. 인자는 이스케이프되어 들어옵니다.
action-flush_cache_keys = “{ $prefix }”(으)로 시작하는 캐시 키 { $keys }개 삭제 (데이터베이스 { $database })
action-flush_cache_keys-what = Redis 데이터베이스에서 정확히 이 글자로 시작하는 키를 삭제합니다. 먼저 개수를 세며, 캐시는 저절로 다시 채워집니다.
action-flush_cache_database = 캐시 데이터베이스 { $database } 비우기 (키 { $keys }개)
action-flush_cache_database-what = Redis 데이터베이스 하나의 모든 키를 삭제합니다. 서버의 다른 데이터베이스는 건드리지 않습니다.
action-flush_cache_server = 캐시 서버 전체 비우기 (데이터베이스 { $databases }개, 키 { $keys }개)
action-flush_cache_server-what = 누가 쓰는지와 상관없이 Redis 서버의 모든 데이터베이스에서 모든 키를 삭제합니다.
action-end_queries = { $seconds }초 넘게 실행 중인 데이터베이스 쿼리 { $count }개 종료
action-end_queries-what = 목록에 있는 쿼리의 세션만 프로세스 번호와 시작 시각으로 골라 종료합니다. 커밋되지 않은 작업은 되돌려집니다.
action-restart_database_connections = “{ $application }”의 데이터베이스 연결 다시 맺기 (현재 { $count }개)
action-restart_database_connections-what = 그 순간 쉬고 있는 애플리케이션 연결을 끊습니다. 연결 풀이 새로 연결하며, 일하고 있는 연결은 그대로 둡니다.
action-raise_connection_limit = 역할 “{ $role }”의 연결 한도를 { $before }에서 { $limit }(으)로 올리기
action-raise_connection_limit-what = 데이터베이스 역할이 동시에 더 많은 연결을 갖게 합니다. 그 사이 다른 사람이 바꾸지 않았다면 되돌릴 수 있습니다.
action-silence_alerts = 알림 { $alerts }개를 { $minutes }분 동안 중지: { $matchers }
action-silence_alerts-what = 조건에 맞는 알림을 Alertmanager가 보내지 않게 합니다. 알림은 계속 발생하고 계속 집계됩니다.
action-expire_silence = { $by }의 알림 중지 끝내기: { $matchers }
action-expire_silence-what = 알림 중지를 예정보다 일찍 끝냅니다. 되돌리면 원래 끝나는 시각까지 같은 중지를 다시 만듭니다.
