"""What every noun shares: frozen, no unknown fields, times in UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, JsonValue


class Noun(BaseModel):
    """A frozen value that may cross a boundary; two equal nouns are interchangeable."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A point in time; naive values are refused, other zones are converted."""

Json = JsonValue
