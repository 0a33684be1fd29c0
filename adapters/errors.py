"""What a platform's refusal means for us: each type answers *what now?*

PlatformError
├── RateLimited     wait retry_after_s, then again      ├── Forbidden       tell an admin which permission is missing
├── Unavailable     again, with growing pauses          ├── NotFound        the chat, person or message is gone
├── Unauthorized    new token once, then tell an admin  ├── Rejected        our request is wrong: never again as it is
├── OutcomeUnknown  it may have arrived                 ├── QuotaExhausted  the month's pot is empty
└── Undecodable     keep it and tell someone
"""

from __future__ import annotations

from enum import StrEnum


class Arrival(StrEnum):
    """Whether a request that failed may have had its effect."""

    NOT_SENT = "not-sent"
    SENT = "sent"
    MAYBE = "maybe"


class PortTaken(Exception):
    """Nobody can come to us: the address cannot be listened on. No answer of a platform, so outside the tree.

    Attributes:
        listen: as configured.
    """

    def __init__(self, listen: str, why: OSError) -> None:
        super().__init__(str(why))
        self.listen = listen


class PlatformError(Exception):
    """A call that did not do what was asked.

    Attributes:
        call: which call, in the platform's words, e.g. ``im.message.create``.
        code: the platform's own code, as text; ``""`` where there is none.
        detail: the platform's message, already free of secrets and of people's text.
        request_id: log id or request id, for the vendor's support.
        arrival: whether the request may have had its effect.
    """

    retryable = False
    arrival = Arrival.NOT_SENT

    def __init__(self, detail: str, *, call: str = "", code: str = "", request_id: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.call = call
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        where = " ".join(part for part in (self.call, self.code) if part)
        tail = f" (request {self.request_id})" if self.request_id else ""
        return f"{where}: {self.detail}{tail}" if where else f"{self.detail}{tail}"


class RateLimited(PlatformError):
    """Too many calls; ``retry_after_s`` seconds of civil time from now, only this lane."""

    retryable = True

    def __init__(
        self, detail: str, *, retry_after_s: float, call: str = "", code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(detail, call=call, code=code, request_id=request_id)
        self.retry_after_s = retry_after_s


class Unavailable(PlatformError):
    """The platform was not reached or said it did not execute: safe to repeat, with growing pauses."""

    retryable = True


class Unauthorized(PlatformError):
    """The credentials are not accepted, also after a new token."""


class Forbidden(PlatformError):
    """A permission is missing; ``scope`` names it where the platform does."""

    def __init__(
        self, detail: str, *, scope: str = "", call: str = "", code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(detail, call=call, code=code, request_id=request_id)
        self.scope = scope


class NotFound(PlatformError):
    """The chat, person, card or message is gone, or out of our reach."""


class Rejected(PlatformError):
    """Our request is wrong or unwelcome as it is; repeating it would be wrong too."""


class OutcomeUnknown(PlatformError):
    """It may have arrived: no answer came, or one that does not say."""

    arrival = Arrival.MAYBE


class QuotaExhausted(PlatformError):
    """The month's pot of calls is empty."""


class Undecodable(PlatformError):
    """What came cannot be read: kept and told, never guessed."""
