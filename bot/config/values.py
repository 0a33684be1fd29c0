"""Small values of the configuration (配置值): clock times, addresses, and people and departments as written.

Who is meant by a name depends on the directory, which is not known while a file is read: a ``Ref``
keeps the written form, and whoever has the directory resolves it.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from bot.config.problems import ConfigError
from policies.model import Account, Platform


def reject(expects: str, *allowed: str) -> NoReturn:
    """Refuse a value; ``expects`` picks the sentence, ``allowed`` is what may stand there instead."""
    raise PydanticCustomError("yizhan_value", "{expects}", {"expects": expects, "allowed": list(allowed)})


def break_rule(rule: str, key: str, **fields: object) -> NoReturn:
    """Refuse keys that do not go together; ``key`` is the one to look at."""
    allowed = [str(value) for value in fields.values()]
    raise PydanticCustomError("yizhan_rule", "{rule}", {"rule": rule, "key": key, "allowed": allowed})


_SEEN = frozenset("\n\r\t\u200d")
"""Blanks, and the joiner of emoji."""


def has_unseen(text: str) -> bool:
    """Whether it holds a control or format character."""
    return not text.isprintable() and any(
        unicodedata.category(one) in {"Cc", "Cf"} and one not in _SEEN for one in text
    )


# ── Times ─────────────────────────────────────────────────────────────────────────────────────────


def _clock_time(written: Any) -> time:
    if isinstance(written, time):
        return written
    text = str(written).strip()
    if isinstance(written, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text):
        return time.fromisoformat(text)
    return reject("clock-time", *_nearest_clock_time(text))


def _nearest_clock_time(text: str) -> tuple[str, ...]:
    found = re.fullmatch(r"(\d{1,2})\s*(?:[:\uff1a.\u70b9\u65f6hH]\s*(\d{1,2}|\u534a)?\s*\u5206?)?", text)
    if not found or int(found[1]) > 23:
        return ()
    minutes = 30 if found[2] == "\u534a" else int(found[2] or 0)
    return (f'"{int(found[1]):02}:{minutes:02}"',) if minutes < 60 else ()


def _day(written: Any) -> date:
    if type(written) is date:
        return written
    try:
        if isinstance(written, str):
            return date.fromisoformat(written.strip())
    except ValueError:
        pass
    return reject("date")


def _span(written: Any) -> tuple[time, time] | None:
    """``[]`` means none."""
    if isinstance(written, list | tuple) and not written:
        return None
    if isinstance(written, list | tuple) and len(written) == 2:
        return _clock_time(written[0]), _clock_time(written[1])
    return reject("lunch")


def _zone(written: Any) -> str:
    try:
        if isinstance(written, str) and written:
            return ZoneInfo(written).key
    except (LookupError, ValueError, OSError):
        pass
    return reject("zone", '"Asia/Shanghai"', '"Asia/Urumqi"')


ClockTime = Annotated[time, PlainValidator(_clock_time)]
Day = Annotated[date, PlainValidator(_day)]
Span = Annotated[tuple[time, time] | None, PlainValidator(_span)]
Zone = Annotated[str, BeforeValidator(_zone)]


# ── Addresses ─────────────────────────────────────────────────────────────────────────────────────


def is_loopback(url: str) -> bool:
    """Whether ``url`` can only mean this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_loopback(url: str) -> str:
    """Raises ``ConfigError`` if ``url`` could mean another machine."""
    if not is_loopback(url):
        raise ConfigError(f"the clock to follow must be on this machine (loopback), not {url}")
    return url


def _https(written: Any) -> str:
    """Credentials travel there, so plain http is for this machine only."""
    url = written.rstrip("/") if isinstance(written, str) else ""
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        return reject("https")
    return url


def _followed(written: Any) -> str:
    if written == "" or (isinstance(written, str) and is_loopback(written)):
        return str(written)
    return reject("loopback", '"http://127.0.0.1:8900"')


def _listen(written: Any) -> str:
    """``""`` means: do not listen."""
    if written == "":
        return ""
    host, _, port = written.rpartition(":") if isinstance(written, str) else ("", "", "")
    if not host or not port.isdecimal() or int(port) > 65535:
        return reject("listen", '"127.0.0.1:8640"')
    return str(written)


def _listen_here(written: Any) -> str:
    listen = _listen(written)
    if listen and not is_loopback(f"http://{listen}"):
        return reject("listen-here", '"127.0.0.1:8640"')
    return listen


Url = Annotated[str, BeforeValidator(_https)]
FollowedUrl = Annotated[str, BeforeValidator(_followed)]
Listen = Annotated[str, BeforeValidator(_listen)]
ListenHere = Annotated[str, BeforeValidator(_listen_here)]


# ── People and departments, as written ────────────────────────────────────────────────────────────


class RefKind(StrEnum):
    NAME = "name"
    ACCOUNT = "account"
    HEAD = "head"
    DEPARTMENT = "department"
    OWN_DEPARTMENT = "own-department"
    COMPANY = "company"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """指代: whom a key means, before the directory is asked.

    Attributes:
        name: a person's or department's name, or an account's id; ``""`` where the kind says it all.
        platform: narrows a department, or is the account's; ``None``: every platform.
        written: exactly as in the file.
    """

    kind: RefKind
    written: str
    name: str = ""
    platform: Platform | None = None

    @property
    def account(self) -> Account | None:
        if self.kind is not RefKind.ACCOUNT or self.platform is None:
            return None
        return Account(self.platform, self.name)

    def __str__(self) -> str:
        return self.written


_BARE = frozenset({RefKind.EVERYONE, RefKind.COMPANY, RefKind.OWN_DEPARTMENT})
_PREFIXED = frozenset({RefKind.HEAD, RefKind.DEPARTMENT})


def parse_ref(written: Any, kinds: Iterable[RefKind], expects: str) -> Ref:
    """Read ``head:HR``, ``feishu:ou_1``, ``department:feishu:R&D``, ``everyone`` or a bare name.

    A bare name is a person where persons may stand, else a department.
    """
    kinds = frozenset(kinds)
    if not isinstance(written, str) or not written.strip():
        return reject(expects)
    text = written.strip().replace("\uff1a", ":")  # a Chinese keyboard's colon
    if text in _BARE:
        return Ref(kind=RefKind(text), written=text) if RefKind(text) in kinds else reject(expects)
    head, colon, rest = (part.strip() for part in text.partition(":"))
    if head in _PREFIXED:
        if RefKind(head) not in kinds or not rest:
            return reject(expects)
        platform, name = _narrowed(rest)
        return (
            Ref(kind=RefKind(head), written=text, name=name, platform=platform) if name else reject(expects)
        )
    if RefKind.ACCOUNT in kinds:
        if not colon:
            return Ref(kind=RefKind.NAME, written=text, name=text)
        if head in set(Platform) and rest:
            return Ref(kind=RefKind.ACCOUNT, written=text, name=rest, platform=Platform(head))
        return reject(expects)
    platform, name = _narrowed(text)
    if RefKind.DEPARTMENT not in kinds or not name or RefKind.COMPANY in kinds:
        return reject(expects)
    return Ref(kind=RefKind.DEPARTMENT, written=text, name=name, platform=platform)


def _narrowed(text: str) -> tuple[Platform | None, str]:
    head, colon, rest = text.partition(":")
    if colon and head.strip() in set(Platform):
        return Platform(head.strip()), rest.strip()
    return None, text


def _reader(expects: str, *kinds: RefKind) -> Callable[[Any], Ref]:
    return lambda written: parse_ref(written, kinds, expects)


_WHO = (RefKind.NAME, RefKind.ACCOUNT, RefKind.HEAD, RefKind.DEPARTMENT)

PersonRef = Annotated[Ref, PlainValidator(_reader("person", RefKind.NAME, RefKind.ACCOUNT))]
OfficeRef = Annotated[Ref, PlainValidator(_reader("office", RefKind.NAME, RefKind.ACCOUNT, RefKind.HEAD))]
WhoRef = Annotated[Ref, PlainValidator(_reader("who", *_WHO))]
GrantRef = Annotated[Ref, PlainValidator(_reader("grant-who", *_WHO, RefKind.EVERYONE))]
DepartmentRef = Annotated[Ref, PlainValidator(_reader("department", RefKind.DEPARTMENT))]
AudienceRef = Annotated[
    Ref,
    PlainValidator(_reader("audience", RefKind.COMPANY, RefKind.DEPARTMENT, RefKind.OWN_DEPARTMENT)),
]
