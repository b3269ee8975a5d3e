"""How a call to a provider goes wrong, told apart by what has to be done about it.

ProviderError
├── SignedOut       the sign-in is not accepted any more: a person has to sign in again
├── Forbidden       signed in, but not allowed to do this
├── NotFound        there is no such thing over there, or not for this account
├── Refused         the input does not suit the provider; `fields` says which, where it tells
├── StaleVersion    somebody else changed the record meanwhile: read it again first
├── Throttled       too many calls; `retry_after` seconds from now it may be tried again. Nothing was done
│   └── OverBudget      we held the call back ourselves: nothing was sent
├── ProviderDown    the provider does not work at the moment
│   └── Unreachable     the call certainly never left: nothing was done
├── LostAnswer      the call left and no clear answer came: it may have been done. Look before repeating
└── BadAnswer       an answer that cannot be used: no JSON, another shape, too large, a redirect
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from integrations.catalogue import Fault, FaultKind


class ProviderError(Exception):
    """A call that went wrong. `sentence` says so in plain words, `message` holds the provider's own."""

    kind: ClassVar[str] = "error"
    sentence: ClassVar[str] = "The provider did not do what was asked."
    passes: ClassVar[bool] = False  # time alone may mend it

    def __init__(
        self, message: str = "", retry_after: float | None = None, fields: Mapping[str, str] | None = None, status: int | None = None
    ) -> None:
        self.message = message
        self.retry_after = retry_after
        self.fields = dict(fields or {})
        self.status = status
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.sentence} {self.message}".strip()


class SignedOut(ProviderError):
    """The sign-in is not accepted any more: a person has to sign in again."""

    kind = FaultKind.SIGNED_OUT
    sentence = "The sign-in is not accepted any more."


class Forbidden(ProviderError):
    """Signed in, but not allowed to do this."""

    kind = FaultKind.FORBIDDEN
    sentence = "This account is not allowed to do that."


class NotFound(ProviderError):
    """There is no such thing over there, or not for this account."""

    kind = FaultKind.NOT_FOUND
    sentence = "It was not found over there."


class Refused(ProviderError):
    """The input does not suit the provider; `fields` says which, where it tells."""

    kind = FaultKind.REFUSED
    sentence = "The provider refused the input."


class StaleVersion(ProviderError):
    """Somebody else changed the record meanwhile: read it again first."""

    kind = FaultKind.STALE
    sentence = "The record was changed over there in the meantime."


class Throttled(ProviderError):
    """Too many calls; `retry_after` seconds from now it may be tried again. Nothing was done."""

    kind = FaultKind.THROTTLED
    sentence = "The provider asks to wait before more calls."
    passes = True


class OverBudget(Throttled):
    """We held the call back ourselves, so that the provider need not turn it away: nothing was sent."""

    sentence = "The call was not sent."


class ProviderDown(ProviderError):
    """The provider does not work at the moment."""

    kind = FaultKind.DOWN
    sentence = "The provider does not work at the moment."
    passes = True


class Unreachable(ProviderDown):
    """The call certainly never left: nothing was done."""

    sentence = "The provider could not be reached."


class LostAnswer(ProviderError):
    """The call left and no clear answer came: it may have been done. Look before repeating."""

    kind = FaultKind.LOST
    sentence = "The answer was lost, so it is not known whether this was done."
    passes = True


class BadAnswer(ProviderError):
    """An answer that cannot be used: no JSON, another shape, too large, a redirect."""

    kind = "bad_answer"
    sentence = "The provider sent an answer that cannot be used."
    passes = True


BY_KIND: dict[FaultKind, type[ProviderError]] = {
    FaultKind.SIGNED_OUT: SignedOut,
    FaultKind.FORBIDDEN: Forbidden,
    FaultKind.NOT_FOUND: NotFound,
    FaultKind.REFUSED: Refused,
    FaultKind.STALE: StaleVersion,
    FaultKind.THROTTLED: Throttled,
    FaultKind.DOWN: ProviderDown,
    FaultKind.LOST: LostAnswer,
}


def error_for(fault: Fault, status: int) -> ProviderError:
    """The error that a provider's fault stands for."""
    return BY_KIND[fault.kind](fault.message, fault.retry_after, fault.fields, status)
