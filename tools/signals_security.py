"""The signals of security: log-ins that fail, rate limits, suspicious activities, known weaknesses."""

from tools.recipes import Recipe, Signal


def _rate(metric: str) -> Recipe:
    return Recipe(metric, (metric,), f"sum by (<by>) (rate({metric}{{<sel>}}[<window>]))")


SECURITY_SIGNALS: tuple[Signal, ...] = (
    Signal(
        "login_failures",
        "failed log-ins",
        "events/s",
        "Failed log-in attempts per second.",
        (_rate("auth_login_failed_total"),),
        combine="sum",
    ),
    Signal(
        "rate_limit_violations",
        "rate limit violations",
        "events/s",
        "Requests refused by the rate limit per second.",
        (_rate("rate_limit_exceeded_total"),),
        combine="sum",
    ),
    Signal(
        "security_events",
        "security events",
        "events/s",
        "Suspicious activities recorded per second.",
        (_rate("security_events_total"),),
        combine="sum",
    ),
    Signal(
        "vulnerabilities",
        "critical vulnerabilities",
        "count",
        "Known critical vulnerabilities in the images that run.",
        (
            Recipe(
                "trivy-operator",
                ("trivy_image_vulnerabilities",),
                'sum by (<by>) (trivy_image_vulnerabilities{severity="Critical",<sel>})',
                by="container_name",
            ),
        ),
        threshold=0,
        threshold_source="goal: none",
        combine="sum",
    ),
)
