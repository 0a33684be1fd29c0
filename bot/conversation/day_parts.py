"""时段 (parts of a day): which hours 早上, 下午, 晚上 lend to a clock, and how far they reach."""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.clock_words import Clock

WINDOWS: Mapping[str, tuple[int, int]] = {
    "": (0, 24),
    "small-hours": (0, 5),
    "morning": (5, 10),
    "forenoon": (8, 12),
    "noon": (11, 13),
    "afternoon": (12, 18),
    "dusk": (17, 19),
    "evening": (18, 24),
    "night": (20, 24),
}
"""From and to, in hours, of a part without a clock."""

LATER_THAN_OPENING = frozenset({"afternoon", "dusk", "evening", "night"})

_AS_WRITTEN = {
    "small-hours": range(7),
    "morning": range(1, 12),
    "forenoon": range(1, 13),
    "noon": (11, 12, 13, 14),
    "afternoon": range(12, 20),
    "dusk": range(16, 21),
    "evening": range(17, 25),
    "night": range(19, 25),
}
_TWELVE_MORE = {
    "noon": (1, 2),
    "afternoon": range(1, 9),
    "dusk": range(4, 9),
    "evening": range(5, 12),
    "night": range(7, 12),
}
_MIDNIGHT = {"evening": (0, 12), "night": (0, 12)}
_AFTER_MIDNIGHT = {"evening": range(1, 5), "night": range(1, 7)}


def hours_of(clock: Clock, part: str) -> tuple[tuple[int, ...], str]:
    """The hours, counted from the day's midnight, that the clock may mean, and what to ask when it is open.

    ``24`` and more lie in the following day.
    """
    hour = clock.hour
    if not part:
        if clock.is_exact or 8 <= hour <= 12:
            return (hour,), ""
        return (hour, hour + 12), "part"
    if hour in _MIDNIGHT.get(part, ()):
        return (24,), ""
    if part == "small-hours" and hour == 12:
        return (0,), ""
    if hour in _TWELVE_MORE.get(part, ()):
        return (hour + 12,), ""
    if hour in _AS_WRITTEN[part]:
        return (hour,), ""
    if hour in _AFTER_MIDNIGHT.get(part, ()):
        return (24 + hour,), "part"
    return ((hour, hour + 12) if hour < 12 else (hour,)), "contradiction"
