"""额度的话 (quota): to those who must know, while there is still something to decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from policies.model import Platform
from policies.wording import counts, moments
from policies.wording.choice import Choice
from policies.wording.refusal import Refusal

STATUS = Choice(id="驿站状态", label="看用了多少")
GIVE_UP = Choice(id="undo", label="不等了，取消")


def running_low(
    platform: Platform, spent: int, limit: int, dry_on: date | None, now: datetime, *, zone: str
) -> Refusal:
    """``钉钉这个月的接口次数已用 4000/5000``, with the day it lasts to."""
    today = now.astimezone(ZoneInfo(zone)).date()
    when = f"照这个速度，{moments.day(dry_on, today)}用完" if dry_on else "照这个速度够用到月底"
    return Refusal(
        text=(
            f"{platform.label}这个月的接口次数已用 {spent}/{limit}，{when}。\n"
            "我会先停下查已读，再让普通通知等一等；【重要】发不出去时会马上告诉你。"
        ),
        ways=(STATUS, only_urgent(today)),
    )


def only_urgent(today: date) -> Choice:
    """A pause until the month is over; it holds on both platforms, and urgent ones go on."""
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    until = f"{first.month}月{first.day}日"
    return Choice(id=f"暂停驿站到{until} 09:00", label=f"除紧急外停到{until}")


def used_up(text: str, platform: Platform) -> Refusal:
    """To the author of an important one: never silently."""
    return Refusal(text=_waits(text, platform), ways=(GIVE_UP, STATUS))


def used_up_for_admins(text: str, platform: Platform, today: date) -> Refusal:
    return Refusal(text=_waits(text, platform), ways=(STATUS, only_urgent(today)))


def _waits(text: str, platform: Platform) -> str:
    return (
        f"{counts.quoted(text, 24)}还没发出去：{platform.label}这个月的接口次数用完了，是平台的限制。\n"
        "我每分钟再试一次；等不了的话，请管理员加额度，或者换个方式通知大家。"
    )
