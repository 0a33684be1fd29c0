"""How things look (样貌): faces, names, moments and the other small words of the page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sandbox.clock import ZONE
from sandbox.model import ALL, BOT, Person
from sandbox.page.spans import AT_ALL
from sandbox.town import Town

BOT_NAME = "驿站"
PLATFORMS = {"feishu": "飞书", "dingtalk": "钉钉"}
WEEKDAYS = "一二三四五六日"
HUES = 12


@dataclass(frozen=True, slots=True)
class Face:
    """The disc beside a name; ``hue`` numbers one of the ``HUES`` colours of the style sheet."""

    initials: str
    hue: int
    is_bot: bool = False


def face(identity: str, name: str) -> Face:
    """Always the same colour for the same identity."""
    if identity == BOT:
        return Face("驿", 0, is_bot=True)
    hue = int(hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:8], 16) % HUES
    return Face(initials(name), hue)


def group_face(identity: str, name: str) -> Face:
    """A group's disc has the beginning of its name, since groups differ there and end alike."""
    start = name.strip()[:2] or "?"
    return Face(start[0].upper() if start[0].isascii() else start, face(identity, name).hue)


def initials(name: str) -> str:
    """As both clients do: the last two characters of a Chinese name, the first letter of another."""
    name = name.split("·")[0].strip() or "?"
    return name[0].upper() if name[0].isascii() else name[-2:]


def name_of(town: Town, platform: str, who: str) -> str:
    """The name of a person's id, of the robot or of everybody; empty for somebody unknown."""
    if who == BOT:
        return BOT_NAME
    if who == ALL:
        return AT_ALL
    person = town.people.get(platform, {}).get(who)
    return person.name if person else ""


def where(town: Town, person: Person) -> str:
    """The person's departments, for telling namesakes apart."""
    side = town.departments.get(person.platform, {})
    return "、".join(side[each].name for each in person.departments if each in side)


def day(moment: datetime) -> str:
    """9月7日 周一."""
    local = moment.astimezone(ZONE)
    return f"{local.month}月{local.day}日 周{WEEKDAYS[local.weekday()]}"


def clock_time(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%H:%M")


def short_moment(moment: datetime, now: datetime) -> str:
    """The time today, the day before that."""
    then, today = moment.astimezone(ZONE), now.astimezone(ZONE)
    if then.date() == today.date():
        return clock_time(moment)
    if (today.date() - then.date()).days == 1:
        return "昨天"
    return f"{then.month}月{then.day}日" if then.year == today.year else f"{then:%Y}/{then.month}/{then.day}"


def long_moment(moment: datetime, now: datetime) -> str:
    """As a divider between messages says it."""
    if moment.astimezone(ZONE).date() == now.astimezone(ZONE).date():
        return f"今天 {clock_time(moment)}"
    return f"{day(moment)} {clock_time(moment)}"
