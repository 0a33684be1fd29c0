"""A village with questionnaires: who is asked, how they fill in the card, and where an attacker could look."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from village import Actor, Village, _words

from sandbox.model import Message

ANONYMOUS = """
[[questionnaire]]
id = "week-one"
kind = "pulse"
title = "第一周"
when = "2026-09-11 16:00"
questions = [
    "这周的消息多不多？",
    {{ ask = "留哪些？", kind = "multi", options = ["晨会", "周报", "班车"] }},
    {{ ask = "还想说什么？", kind = "text" }},
]
anonymous = true
audience = ["{department}"]
{more}
"""


def anonymous(department: str = "人力资源部", more: str = "") -> str:
    return ANONYMOUS.format(department=department, more=more)


def people_of(place: Village, platform: str, department: str) -> list[Actor]:
    """Everybody who is in it, below it too."""
    town = place.town
    tops = {one.id for one in town.departments[platform].values() if one.name == department}
    below = set(tops)
    while more := {
        one.id for one in town.departments[platform].values() if one.parent in below and one.id not in below
    }:
        below |= more
    people = [one for one in town.people[platform].values() if below & set(one.departments)]
    return [Actor(place, town.platforms[platform], one) for one in people]


def has_form(actor: Actor) -> Message | None:
    return next((one for one in reversed(actor.heard()) if one.card and "q1" in str(one.card)), None)


async def fills_in(actor: Actor, values: dict[str, object], label: str = "提交") -> str:
    """Fill the form of the latest card in and press; the toast."""
    card = has_form(actor)
    assert card is not None, [one.text for one in actor.heard()]
    answer = await actor.platform.press(actor.person, card, label, values)
    await actor.village.rest()
    return _words(answer)


def everything_on_disk(folder: Path) -> dict[str, bytes]:
    """Every file under the bot's folder but the configuration itself."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "config.toml"
    }


def query(place: Village, sql: str) -> list[tuple]:
    with sqlite3.connect(place.folder / "data" / "yizhan.db") as conn:
        return conn.execute(sql).fetchall()
