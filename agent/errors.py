"""Every error of the product in one tree; vendor exceptions are translated into it in their connector.

OpsError
├── BadInput            what a person or a peer sent cannot be used; names the field
│   └── TooLarge        the payload is over its bound
├── NotPermitted        the caller may not do this
├── NotFound            the object does not exist
├── Conflict            somebody changed it in between
├── Misconfigured       a setting or policy must be mended before it can work
├── OverBudget          a budget of ours is used up
└── BackendError        another program let us down
    ├── Unavailable     it could not be reached, or said that it cannot answer now   (retryable)
    │   ├── TimedOut    it did not answer in time                                    (retryable)
    │   └── Overloaded  a queue is over its bound, ours or theirs                    (retryable)
    ├── Refused         it understood and said no (bad query, missing right)
    └── BadAnswer       it answered something that cannot be read
"""

from collections.abc import Mapping


class OpsError(Exception):
    """The root: `retryable` answers "shall I try again?", `user_message` "what do I tell the person?".

    The message is English; where there is a `code`, `facts` fill the words `error-CODE` of other languages.
    """

    retryable: bool = False

    def __init__(self, user_message: str, *, code: str = "", facts: Mapping[str, str] | None = None) -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.code = code
        self.facts = dict(facts or {})


class BadInput(OpsError):
    """Input that cannot be used; `field` is a dotted path into it, empty when it is the whole."""

    def __init__(
        self, user_message: str, *, field: str = "", code: str = "", facts: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(user_message, code=code, facts=facts)
        self.field = field


class TooLarge(BadInput):
    """A payload over its bound."""


class NotPermitted(OpsError):
    """The caller may not do this."""


class NotFound(OpsError):
    """The named object does not exist."""


class Conflict(OpsError):
    """The object was changed by somebody else in between."""


class Misconfigured(OpsError):
    """A setting or a policy must be mended first; the message names it and the fix."""


class OverBudget(OpsError):
    """A budget of ours is used up; the message says which."""


class BackendError(OpsError):
    """Another program let us down; `backend` is its short name, such as `prometheus`."""

    def __init__(self, user_message: str, *, backend: str) -> None:
        super().__init__(user_message)
        self.backend = backend


class Unavailable(BackendError):
    """The backend could not be reached or cannot answer now."""

    retryable = True

    def __init__(self, user_message: str, *, backend: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(user_message, backend=backend)
        self.retry_after_seconds = retry_after_seconds


class TimedOut(Unavailable):
    """The backend did not answer within its deadline."""


class Overloaded(Unavailable):
    """A queue is over its bound; trying again later will work."""


class Refused(BackendError):
    """The backend understood the request and said no."""


class BadAnswer(BackendError):
    """The backend answered something that cannot be read."""
