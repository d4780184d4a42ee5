"""The signals of the business: users, money, learning, satisfaction, cost."""

from typing import Literal

from tools.recipes import Recipe, Signal


def _rate(metric: str, *, per_hour: bool = False, by: str = "") -> Recipe:
    scale = " * 3600" if per_hour else ""
    return Recipe(metric, (metric,), f"sum by (<by>{by}) (rate({metric}{{<sel>}}[<window>])){scale}")


def _gauge(metric: str) -> Recipe:
    return Recipe(metric, (metric,), f"sum by (<by>) ({metric}{{<sel>}})")


def _volume(
    name: str,
    title: str,
    unit: str,
    description: str,
    recipe: Recipe,
    *,
    higher_is_worse: bool = False,
    limit: tuple[float, str] | None = None,
    combine: Literal["sum", "worst"] = "sum",
) -> Signal:
    threshold, source = limit or (None, "")
    return Signal(name, title, unit, description, (recipe,), higher_is_worse, threshold, source, combine)


BUSINESS_SIGNALS: tuple[Signal, ...] = (
    _volume("active_users", "active users", "count", "Users active now.", _gauge("active_users_total")),
    _volume(
        "transactions",
        "transactions",
        "events/s",
        "Transactions completed per second.",
        _rate("transactions_total"),
    ),
    _volume(
        "revenue",
        "revenue",
        "money/h",
        "Revenue per hour at the current rate, per currency where the metric has that label.",
        _rate("revenue_total", per_hour=True, by=", currency"),
    ),
    _volume(
        "conversion",
        "checkout conversion",
        "ratio",
        "Share of started checkouts that are completed.",
        Recipe(
            "checkout counters",
            ("checkout_started_total", "checkout_completed_total"),
            "sum by (<by>) (rate(checkout_completed_total{<sel>}[<window>])) / "
            "sum by (<by>) (rate(checkout_started_total{<sel>}[<window>]))",
        ),
        combine="worst",
    ),
    _volume(
        "ai_tokens",
        "AI tokens",
        "1/h",
        "AI tokens used per hour at the current rate.",
        _rate("ai_tokens_used_total", per_hour=True),
        higher_is_worse=True,
        limit=(1_000_000, "guide: HighAITokenUsage"),
    ),
    _volume(
        "learning_sessions",
        "learning sessions",
        "count",
        "Learning sessions open now.",
        _gauge("active_learning_sessions"),
    ),
    _volume(
        "textbooks_created",
        "textbooks created",
        "1/h",
        "Textbooks created per hour at the current rate.",
        _rate("textbooks_created_total", per_hour=True),
        limit=(1, "guide: NoTextbooksCreated, none within an hour"),
    ),
    _volume(
        "customer_satisfaction",
        "customer satisfaction",
        "score",
        "How satisfied customers say they are, on the team's own scale.",
        Recipe(
            "customer_satisfaction_score",
            ("customer_satisfaction_score",),
            "avg by (<by>) (customer_satisfaction_score{<sel>})",
        ),
        combine="worst",
    ),
    _volume(
        "cost",
        "cost",
        "USD/h",
        "What the machines cost per hour.",
        Recipe("OpenCost", ("node_total_hourly_cost",), "sum(node_total_hourly_cost)", scope="all"),
        higher_is_worse=True,
    ),
)
