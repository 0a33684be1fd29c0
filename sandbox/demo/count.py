"""Counting (清点): what became of every notice, from the town's own record and from nothing the bot says of itself.

Every notice of the demo carries its own words. A message of the robot with these words is a copy; where the
words stand in quotation marks the robot speaks *about* the notice (a preview, a question), which is no copy.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.model import BOT, Message

ROBOT_DOES_NOT_KNOW = "不敢确定发没发出去"
CARD_IS_OPEN = "送达待确认"
"""In the cards that tell author and admins of an unknown outcome."""


def is_unknown(said: str) -> bool:
    """Whether these are the robot's words for an outcome that nobody knows."""
    return ROBOT_DOES_NOT_KNOW in said or CARD_IS_OPEN in said


Readers = Callable[[Message], Iterable[str]]
"""The people a message is shown to: of a group its members, else the one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that should reach ``audience``, each of them once.

    Attributes:
        words: stand in no other notice, and hold nothing that a platform would escape.
        audience: ``platform:id`` of everybody it is for.
        resends: how often a person asked for it again.
    """

    title: str
    words: str
    audience: frozenset[str]
    resends: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Attributes:
    lost: expected copies that nobody got. doubled: copies beyond those somebody asked for.
    unknown: outcomes the robot told as unknown. delivered: copies that arrived.
    astray: copies that somebody got whom the notice was not for.
    """

    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    delivered: int = 0
    astray: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            lost=self.lost + other.lost,
            doubled=self.doubled + other.doubled,
            unknown=self.unknown + other.unknown,
            delivered=self.delivered + other.delivered,
            astray=self.astray + other.astray,
        )


def figures(
    notice: Notice, messages: Iterable[Message], calls: Iterable[Mapping[str, Any]], readers: Readers
) -> Figures:
    """What the record says of one notice.

    Args:
        messages: all of the town. calls: all of the record, as ``/_sandbox/requests`` shows them.
    """
    got = copies(notice.words, messages, readers)
    allowed = 1 + notice.resends
    return Figures(
        lost=sum(person not in got for person in notice.audience),
        doubled=sum(max(0, count - allowed) for count in got.values()),
        unknown=int(is_told_unknown(notice.words, calls)),
        delivered=sum(got.values()),
        astray=sum(count for person, count in got.items() if person not in notice.audience),
    )


def copies(words: str, messages: Iterable[Message], readers: Readers) -> Counter[str]:
    """How many copies each person got, by ``platform:id``; what was taken back is no copy."""
    got: Counter[str] = Counter()
    for message in messages:
        if message.sender == BOT and not message.recalled and is_copy(message.text, words):
            got.update(f"{message.platform}:{person}" for person in readers(message))
    return got


def is_copy(text: str, words: str) -> bool:
    """Whether the words stand here as themselves, not as a quotation."""
    return any(not _is_quoted(text, found.start()) for found in re.finditer(re.escape(words), text))


def _is_quoted(text: str, place: int) -> bool:
    before = text[:place]
    return before.rfind("“") > before.rfind("”")


def is_told_unknown(words: str, calls: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the robot sent a card that says of this notice: it may have arrived, I do not know."""
    return any(
        call["method"] == "POST" and is_unknown(said) and words in said
        for call in calls
        for said in [spoken(call["body"])]
    )


def repeated(words: str, calls: Iterable[Mapping[str, Any]], key: str) -> Counter[str]:
    """How often each key (``uuid``, ``outTrackId``) was used by the calls that sent a copy with these words."""
    used: Counter[str] = Counter()
    for call in calls:
        body = call["body"]
        if call["method"] == "POST" and isinstance(body, Mapping) and is_copy(spoken(body), words):
            used[str(body.get(key) or "")] += 1
    return used


def spoken(value: Any) -> str:
    """Every text of a body, those that are JSON inside a text taken apart as well."""
    return "\n".join(_texts(value))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        inner = _unpacked(value)
        if inner is None:
            yield value
        else:
            yield from _texts(inner)


def _unpacked(text: str) -> Any | None:
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
