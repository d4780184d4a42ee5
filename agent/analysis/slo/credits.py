"""What customers get back when an agreement was not kept."""

from agent.domain.slo import Slo

# A ratio of two counts may be a rounding away from the edge that it lies on.
_ROUNDING = 1e-12


def credit_of(slo: Slo, sli: float | None) -> float | None:
    """Return the share of the fee that is credited for a period's SLI; None when nothing was measured.

    The lower edge of a tier belongs to it, and its upper edge does not: with tiers from 99.5 to 99.9 %, exactly 99.9 %
    gives nothing and exactly 99.5 % what the tier gives.
    """
    if sli is None:
        return None
    for tier in slo.credits:
        if tier.down_to - _ROUNDING <= sli < tier.below - _ROUNDING:
            return tier.credit
    return 0.0
