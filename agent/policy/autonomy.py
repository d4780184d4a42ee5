"""autonomy.yaml: how far the bot may go in each environment."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from agent.domain.decision import Autonomy
from agent.policy.documents import Rulebook


def _written(value: object) -> object:
    # YAML reads the bare word `off` as false.
    return Autonomy.OFF if value is False else value


def _known(value: object) -> object:
    level = _written(value)
    if level not in tuple(Autonomy):
        raise ValueError(f"write one of {', '.join(Autonomy)}")
    return Autonomy(str(level))


Level = Annotated[Autonomy, BeforeValidator(_known)]


class AutonomyPolicy(Rulebook):
    """`default` holds for every environment that is not named."""

    default: Level
    environments: dict[Annotated[str, Field(min_length=1)], Level] = Field(default_factory=dict)

    def of(self, environment: str) -> Autonomy:
        """Return the level of an environment."""
        return self.environments.get(environment, self.default)
