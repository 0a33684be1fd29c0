"""时刻 (moments): always with date, weekday and clock, on the reader's own clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
_WEEKDAYS = "一二三四五六日"


def at(moment: datetime, now: datetime, *, zone: str = ZONE, about: bool = False) -> str:
    """``9月9日（周三）09:05``; the year in front when it is not this one; ``about`` adds 左右."""
    local = moment.astimezone(ZoneInfo(zone))
    written = f"{day(local.date(), _today(now, zone))}{local:%H:%M}"
    return f"{written} 左右" if about else written


def written(moment: datetime) -> str:
    """For the audit: the same whoever reads it."""
    return moment.isoformat(timespec="minutes")


def day(this: date, today: date) -> str:
    """``9月9日（周三）``."""
    year = f"{this.year}年" if this.year != today.year else ""
    return f"{year}{this.month}月{this.day}日（周{_WEEKDAYS[this.weekday()]}）"


def short_day(moment: datetime, now: datetime, *, zone: str = ZONE) -> str:
    """``10月8日``, for a button."""
    local = moment.astimezone(ZoneInfo(zone)).date()
    year = f"{local.year}年" if local.year != _today(now, zone).year else ""
    return f"{year}{local.month}月{local.day}日"


def window(opening: datetime, minutes: int, now: datetime, *, zone: str = ZONE) -> str:
    """``9月9日（周三）09:00–09:10 之间``."""
    if minutes <= 0:
        return at(opening, now, zone=zone)
    last = (opening + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    return f"{at(opening, now, zone=zone)}–{last:%H:%M} 之间"


def span(first: datetime, last: datetime, now: datetime, *, zone: str = ZONE) -> str:
    """``9月9日（周三）14:03–14:05``; both days when they differ."""
    start, end = first.astimezone(ZoneInfo(zone)), last.astimezone(ZoneInfo(zone))
    if start.date() == end.date():
        return f"{at(first, now, zone=zone)}–{end:%H:%M}"
    return f"{at(first, now, zone=zone)} 到 {at(last, now, zone=zone)}"


def days(first: date, last: date) -> str:
    """``10月1日–7日``."""
    if first == last:
        return f"{first.month}月{first.day}日"
    month = f"{last.month}月" if last.month != first.month else ""
    return f"{first.month}月{first.day}日–{month}{last.day}日"


def ago(minutes: int) -> str:
    """``3 分钟前``, ``2 小时前``."""
    if minutes < 1:
        return "刚才"
    if minutes < 60:
        return f"{minutes} 分钟前"
    return f"{minutes // 60} 小时前"


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
