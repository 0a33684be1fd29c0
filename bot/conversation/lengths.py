"""多久 (lengths): 半小时后, 一个半小时后, 过20分钟, 两小时内."""

from __future__ import annotations

import re

from bot.conversation.numerals import NUMBER, NUMERIC, read

_HOURS = r"(?:个)?(?:小时|钟头)"
_LENGTH = re.compile(
    rf"(?P<passes>再?过)?[ ]?(?:(?P<half>半){_HOURS}|(?P<point>[0-9]{{1,2}}\.5)[ ]?{_HOURS}"
    rf"|(?P<and_half>{NUMBER})个半(?:小时|钟头)"
    rf"|(?P<hours>{NUMBER})[ ]?{_HOURS}(?P<more>半|[零过]?(?P<more_minutes>{NUMBER})分钟?)?"
    rf"|(?P<quarters>[一三1-3])刻钟|(?P<minutes>[0-9]{{1,3}}|{NUMBER})[ ]?分钟?)"
    r"(?P<after>之后|以后|过后|后|内|之内|以内)?"
)


def length_at(plain: str, at: int) -> tuple[int, int, bool] | None:
    """``(minutes, end, is a limit)`` of 半小时后, 一个半小时后, 过20分钟, 两小时内."""
    if at and plain[at - 1] in NUMERIC + "零一二三四五六七八九十点":
        return None
    found = _LENGTH.match(plain, at)
    if found is None or not (found["passes"] or found["after"]):
        return None
    minutes = _length(found)
    if minutes is None or minutes <= 0:
        return None
    return minutes, found.end(), bool(found["after"]) and found["after"].endswith("内")


def _length(found: re.Match[str]) -> int | None:
    if found["half"]:
        return 30
    if found["point"]:
        return int(float(found["point"]) * 60)
    if found["and_half"]:
        hours = read(found["and_half"])
        return None if hours is None else hours * 60 + 30
    if found["hours"]:
        hours = read(found["hours"])
        more = read(found["more_minutes"]) if found["more_minutes"] else 30 if found["more"] else 0
        return None if hours is None or more is None else hours * 60 + more
    if found["quarters"]:
        return 15 * (read(found["quarters"]) or 0)
    return read(found["minutes"])
