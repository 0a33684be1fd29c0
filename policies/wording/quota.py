"""额度的话 (quota): to the admins, while there is still something to decide."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from policies.model import Platform
from policies.wording import counts, moments


def running_low(
    platform: Platform, spent: int, limit: int, dry_on: date | None, now: datetime, *, zone: str
) -> str:
    """``钉钉这个月的接口次数已用 4000/5000``, with the day it lasts to."""
    today = now.astimezone(ZoneInfo(zone)).date()
    when = f"照这个速度，{moments.day(dry_on, today)}用完" if dry_on else "照这个速度够用到月底"
    return (
        f"{platform.label}这个月的接口次数已用 {spent}/{limit}，{when}。\n"
        "我会先停下查已读，再让普通通知等一等；【重要】发不出去时会马上告诉你。"
    )


def used_up(text: str, platform: Platform) -> str:
    """To the author and the admins of an important one: never silently."""
    return (
        f"{counts.quoted(text, 24)}还没发出去：{platform.label}这个月的接口次数用完了，是平台的限制。\n"
        "我每分钟再试一次；等不了的话，请管理员加额度，或者换个方式通知大家。"
    )
