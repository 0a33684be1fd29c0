"""Moments and durations (时刻与时长) as people write them, in the town's zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def parse_duration(text: str) -> timedelta:
    """``"3h"``, ``"90m"``, ``"2d"``, ``"1h30m"``, ``"5s"``, ``"200ms"``; a bare number is seconds.

    Raises:
        ValueError: anything else, with the text in it.
    """
    units = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|d|h|m|s|)", text.strip())
    if not parts or "".join(a + b for a, b in parts) != text.strip():
        raise ValueError(f"not a duration: {text!r}; write 3h, 90m, 2d or 5s")
    return timedelta(seconds=sum(float(number) * units[unit] for number, unit in parts))


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment; a naive one is taken as Asia/Shanghai.

    Raises:
        ValueError: not a moment.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(ZONE)
