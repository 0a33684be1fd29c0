"""钟点词 (clock words): 九点, 9点半, 9:30, 九点一刻, 差五分九点, 下班前."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.conversation.day_words import FOLLOWED
from bot.conversation.numerals import NUMBER, read

_GAP = re.compile(r"[ \t]{0,3}[的，,]?[ \t]{0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of day as written.

    Attributes:
        is_exact: on the 24-hour dial beyond doubt: ``07:30``, ``17点``, ``7pm``.
        named: ``opens`` or ``closes``: 上班, 下班; the calendar knows when that is.
    """

    hour: int = 0
    minute: int = 0
    is_exact: bool = False
    named: str = ""


def clock_at(plain: str, at: int, *, alone: bool, anything: bool) -> tuple[Clock | None, int]:
    start = at if alone else gap(plain, at)
    if alone and not anything and start and plain[start - 1] in _NOT_BEHIND:
        return None, at
    for pattern, build in _CLOCKS:
        found = pattern.match(plain, start)
        if found is None:
            continue
        clock = build(found)
        if clock is None:
            continue
        if _is_loose(found) and not _stands(plain, start, found, alone=alone and not anything):
            return None, at
        return clock, found.end()
    return None, at


_NOT_BEHIND = frozenset(
    "0123456789.:/-第百分快慢早晚差有这那几多少大小高低好重观优缺亮热难特地焦零一二三四五六七八九十"
)
_NOUNS = "建议|要求|意见|注意|问题|说明|原因|变化|提示|结论|收获|感想|补充|需求|反馈|疑问|理由|好处|想法|体会|内容|事项|优势"
_NO_NOUN = re.compile(rf"(?!(?:{_NOUNS}))")


def _is_loose(found: re.Match[str]) -> bool:
    return found[0].endswith("点")


def _stands(plain: str, start: int, found: re.Match[str], *, alone: bool) -> bool:
    """Whether a bare ``三点`` is a clock and not a count of points."""
    if not _NO_NOUN.match(plain, found.end()):
        return False
    if not alone:
        return True
    if found[0] == "一点" and found.end() < len(plain):
        return False
    return bool(FOLLOWED.match(plain, found.end())) and (start == 0 or plain[start - 1] not in "下上述以")


def gap(plain: str, at: int) -> int:
    found = _GAP.match(plain, at)
    return found.end() if found else at


_QUARTERS = {"一刻": 15, "三刻": 45, "两刻": 30, "半": 30}


def _digital(found: re.Match[str]) -> Clock | None:
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and 1 <= hour <= 12:
        return Clock(hour=hour % 12 + (12 if half == "pm" else 0), minute=minute, is_exact=True)
    if half or found[2] is None or hour > 24 or (hour == 24 and minute):
        return None
    return Clock(hour=hour, minute=minute, is_exact=found[1].startswith("0") or hour > 12)


def _spoken(found: re.Match[str]) -> Clock | None:
    hour, minute = read(found["hour"]), _minutes(found["rest"])
    if hour is None or minute is None or hour > 24 or (hour == 24 and minute):
        return None
    return Clock(hour=hour, minute=minute, is_exact=hour > 12 or hour == 0)


def _minutes(rest: str | None) -> int | None:
    if not rest or rest in {"整", "钟", "多"}:
        return 0
    if rest in _QUARTERS:
        return _QUARTERS[rest]
    minute = read(rest.removesuffix("分"))
    return minute if minute is not None and minute < 60 else None


def _to_the_hour(found: re.Match[str]) -> Clock | None:
    """差五分九点, 九点差五分: minutes before the hour."""
    lack = 15 if "刻" in found["lack"] else read(found["lack"].removesuffix("分钟").removesuffix("分"))
    hour = read(found["hour"])
    if lack is None or hour is None or not 0 < lack < 60 or hour > 24:
        return None
    before = hour - 1 if hour else 23
    return Clock(hour=before, minute=60 - lack, is_exact=hour > 13 or hour == 0)


_LACK = rf"(?P<lack>一刻|{NUMBER}分钟?)"
_HOUR = rf"(?P<hour>{NUMBER})"
_CLOCKS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Clock | None]], ...] = (
    (
        re.compile(
            r"([0-9]{1,2})(?::([0-5][0-9])(?::[0-5][0-9])?)?[ ]?(?:([AaPp][Mm])(?![A-Za-z])|(?![0-9:%]))"
        ),
        _digital,
    ),
    (re.compile(rf"差{_LACK}{_HOUR}点"), _to_the_hour),
    (re.compile(rf"{_HOUR}点差{_LACK}"), _to_the_hour),
    (
        re.compile(
            rf"{_HOUR}点钟?(?P<rest>半|一刻|三刻|两刻|整|{NUMBER}分?)(?![0-9零一二三四五六七八九十个])"
        ),
        _spoken,
    ),
    (re.compile(rf"{_HOUR}点(?P<rest>钟|多)"), _spoken),
    (re.compile(rf"{_HOUR}时(?P<rest>半|整|{NUMBER}分)?(?![间候期段差代])"), _spoken),
    (re.compile(rf"{_HOUR}点(?P<rest>)"), _spoken),
    (re.compile("一?上班(?:就|以后|之后|后|的时候|时|再|(?=前|之前|以前))"), lambda _: Clock(named="opens")),
    (re.compile("下班(?:以后|之后|后|的时候|时|再|(?=前|之前|以前))"), lambda _: Clock(named="closes")),
)
