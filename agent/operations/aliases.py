"""The words people use for signals, levels and kinds of logs, in English and Korean."""

import re

SIGNAL_ALIASES: dict[str, str] = {
    "latency": "latency_p95",
    "p95": "latency_p95",
    "p99": "latency_p99",
    "p50": "latency_p50",
    "median": "latency_p50",
    "slow": "latency_p95",
    "duration": "latency_p95",
    "response time": "latency_p95",
    "지연": "latency_p95",
    "지연시간": "latency_p95",
    "응답시간": "latency_p95",
    "응답 시간": "latency_p95",
    "errors": "server_error_ratio",
    "error": "server_error_ratio",
    "error rate": "server_error_ratio",
    "error ratio": "server_error_ratio",
    "5xx": "server_error_ratio",
    "에러": "server_error_ratio",
    "에러율": "server_error_ratio",
    "오류": "server_error_ratio",
    "오류율": "server_error_ratio",
    "4xx": "client_error_ratio",
    "client errors": "client_error_ratio",
    "rps": "request_rate",
    "qps": "request_rate",
    "traffic": "request_rate",
    "requests": "request_rate",
    "throughput": "request_rate",
    "load": "request_rate",
    "트래픽": "request_rate",
    "요청": "request_rate",
    "요청수": "request_rate",
    "uptime": "availability",
    "가용성": "availability",
    "cpu": "cpu_utilization",
    "memory": "container_memory_ratio",
    "mem": "container_memory_ratio",
    "메모리": "container_memory_ratio",
    "disk": "disk_utilization",
    "디스크": "disk_utilization",
    "io": "disk_io",
    "network": "network_receive",
    "네트워크": "network_receive",
    "users": "active_users",
    "사용자": "active_users",
    "orders": "transactions",
    "sales": "revenue",
    "매출": "revenue",
    "전환율": "conversion",
    "tokens": "ai_tokens",
    "토큰": "ai_tokens",
    "sessions": "learning_sessions",
    "textbooks": "textbooks_created",
    "교재": "textbooks_created",
    "pool": "pool_utilization",
    "connections": "pool_utilization",
    "커넥션": "pool_utilization",
    "연결 풀": "pool_utilization",
    "cache": "cache_hit_ratio",
    "hit ratio": "cache_hit_ratio",
    "캐시": "cache_hit_ratio",
    "certificate": "certificate_days_left",
    "cert": "certificate_days_left",
    "인증서": "certificate_days_left",
    "restart": "restarts",
    "재시작": "restarts",
    "logins": "login_failures",
    "로그인": "login_failures",
    "security": "security_events",
    "cves": "vulnerabilities",
    "취약점": "vulnerabilities",
    "csat": "customer_satisfaction",
    "satisfaction": "customer_satisfaction",
    "만족도": "customer_satisfaction",
    "costs": "cost",
    "비용": "cost",
}

SIGNALS: tuple[str, ...] = (
    "request_rate",
    "latency_p50",
    "latency_p95",
    "latency_p99",
    "latency_average",
    "client_error_ratio",
    "server_error_ratio",
    "availability",
    "apdex",
    "cpu_utilization",
    "memory_utilization",
    "container_memory_ratio",
    "disk_utilization",
    "disk_io",
    "network_receive",
    "network_transmit",
    "active_users",
    "transactions",
    "revenue",
    "conversion",
    "ai_tokens",
    "learning_sessions",
    "textbooks_created",
    "pool_utilization",
    "cache_hit_ratio",
    "certificate_days_left",
    "restarts",
    "up",
    "login_failures",
    "rate_limit_violations",
    "security_events",
    "vulnerabilities",
    "customer_satisfaction",
    "cost",
)

LEVELS: dict[str, str] = {
    "error": "error",
    "errors": "error",
    "에러": "error",
    "오류": "error",
    "warn": "warn",
    "warning": "warn",
    "warnings": "warn",
    "경고": "warn",
    "info": "info",
    "debug": "debug",
    "fatal": "fatal",
}

LOG_TYPES: dict[str, str] = {
    "access": "access",
    "audit": "audit",
    "security": "security",
    "보안": "security",
    "감사": "audit",
}

_FILLER_WORDS = (
    "show me the a an of for in on at last past over during please get give logs log metrics metric signal "
    "service pods pod what is are was to from with and by how many much high now currently right "
    "보여줘 보여 줘 최근 동안 의 로그 지표 서비스 파드 알려줘 좀"
)
FILLERS = frozenset(_FILLER_WORDS.split())

_UNIT_MINUTES = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440, "w": 10080}
_DURATION = re.compile(
    r"(?P<count>\d{1,6})\s*(?P<unit>seconds?|secs?|sec|minutes?|mins?|min|hours?|hrs?|hr|days?|weeks?|초|분|시간|일|주|[smhdw])",
    re.IGNORECASE,
)
_KOREAN_UNITS = {"초": "s", "분": "m", "시간": "h", "일": "d", "주": "w"}


def minutes_of(word: str) -> int | None:
    """Return the whole minutes (at least 1) that `30m`, `2 hours` or `30분` mean, or None."""
    match = _DURATION.fullmatch(word.strip())
    if match is None:
        return None
    unit = _KOREAN_UNITS.get(match["unit"], match["unit"][0].lower())
    return max(1, round(int(match["count"]) * _UNIT_MINUTES[unit]))
