"""How an assessment reads in each language."""

from agent.domain.risk import RiskAssessment, RiskFactor
from agent.locale.messages import known, text

MOST_REASONS = 3


def factor_words(factor: RiskFactor, language: str) -> str:
    """Return a factor's sentence; what somebody wrote in words of their own stays as it was written."""
    message = f"risk-factor-{factor.name}"
    return text(language, message, **factor.args) if known(message) else factor.because


def told_factors(assessment: RiskAssessment, most: int = MOST_REASONS) -> list[RiskFactor]:
    """Return the factors that the line about an assessment names, the heaviest first."""
    return [one for one in assessment.factors if one.points > 0][:most]


def assessment_words(assessment: RiskAssessment, language: str, *, most: int = MOST_REASONS) -> str:
    """Return one line, such as `risk 72 of 100, severe: cannot be taken back; changes are frozen: release`."""
    heavy = told_factors(assessment, most)
    level = text(language, f"risk-level-{assessment.level.value}")
    if not heavy:
        return text(language, "risk-line-bare", score=str(assessment.score), level=level)
    reasons = "; ".join(factor_words(one, language) for one in heavy)
    return text(language, "risk-line", score=str(assessment.score), level=level, reasons=reasons)
