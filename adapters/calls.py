"""The words of a REST call (请求与应答): values that ``http.py`` carries and each platform's ``codes.py`` judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.errors import OutcomeUnknown, PlatformError, Unavailable

DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        name: the call in the platform's words, for errors and logs: ``im.message.create``.
        path: under the base URL, beginning with one slash; nothing from a payload decides the host.
        body: becomes JSON; ``None`` sends no body.
        repeatable: executing it twice is harmless although it is no GET (a read by POST, a recall).
        is_open: needs no token (the token call itself).
        deadline_s: for everything together: token, waits, repeats.
    """

    name: str
    method: str
    path: str
    query: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    is_open: bool = False
    deadline_s: float = DEADLINE_S

    @property
    def may_repeat(self) -> bool:
        return self.repeatable or self.method == "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, before anybody judged it.

    Attributes:
        headers: names in lower case.
        body: the JSON object, ``{}`` where there was none.
        is_json: whether there was one.
    """

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    is_json: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """How a token travels: in headers, or (old DingTalk calls) in the query."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between the platforms; three pure functions.

    Attributes:
        credential: how a token is shown.
        request_id: the id that the vendor's support asks for.
        classify: ``None`` for success, else the error to raise (not raised by itself). It sees JSON answers only.
    """

    credential: Callable[[str], Credential]
    request_id: Callable[[Answer], str]
    classify: Callable[[Call, Answer], PlatformError | None]


class Repeatable(Unavailable):
    """``Unavailable`` of the kind that ``ApiClient`` itself may try again within the same deadline."""


def unavailable(detail: str, call: Call, *, code: str = "") -> PlatformError:
    """For ``classify``: a server's trouble that does not say whether it executed the call."""
    return Repeatable(detail, code=code) if call.may_repeat else OutcomeUnknown(detail, code=code)
