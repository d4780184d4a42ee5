"""The arithmetic of error budgets.

An objective of 0.999 over 30 days allows 0.1 % of the requests to fail. Of 2,000,000 requests in the last 30 days
2,000 may fail; when 1,500 have, 1 - 1,500 / 2,000 = 25 % of the budget is left. Both counts share the same requests, so
the ratio of failed requests is enough: 1 - 0.00075 / 0.001 = 0.25. When 3,000 have failed, the share is -0.5: the
budget is overspent by half of itself.

A burn rate of 1 spends the budget in exactly its 30 days; a burn rate of 14.4 over an hour spends 2 % of it in that hour.
"""

from datetime import timedelta

OBJECTIVE = 0.999
PERIOD = timedelta(days=30)


def share_left(error_ratio: float, objective: float = OBJECTIVE) -> float:
    """Return the share of the budget that is left, 1 when nothing failed; negative when it is overspent."""
    return 1.0 - burn_rate(error_ratio, objective)


def burn_rate(error_ratio: float, objective: float = OBJECTIVE) -> float:
    """Return how many times faster than allowed requests fail: 1 spends the budget exactly in its period.

    Raises ValueError for a ratio outside of 0 to 1 and for an objective that allows nothing or everything.
    """
    if not 0.0 <= error_ratio <= 1.0:
        raise ValueError("an error ratio lies between 0 and 1")
    if not 0.0 < objective < 1.0:
        raise ValueError("an objective lies between 0 and 1, both excluded")
    return error_ratio / (1.0 - objective)
