"""A card gives no right: it carries an opaque id, and who presses is said by the platform."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from polls_village import has_form, query
from village import Actor, Village, village

from sandbox.feishu import card_press
from sandbox.model import Message

pytestmark = pytest.mark.timeout(240)
WHO = {"feishu": ("李想", "接口组"), "dingtalk": ("何强", "苏州工厂")}
WORDS = "三号会议室改到二楼"


async def forged(actor: Actor, message: Message, action: str, filled_in: dict[str, str] | None = None) -> Any:
    """A press as it comes over the line, whatever the client would have allowed this person to press."""
    side: Any = actor.platform
    if side.name == "feishu":
        event = {
            "operator": {"tenant_key": side.ids.tenant, **side.events.user(actor.person.id)},
            "token": "c-forged",
            "host": "im_message",
            "action": {
                "value": {"a": action},
                "tag": "button",
                **({"name": "submit", "form_value": filled_in} if filled_in else {}),
            },
            "context": {"open_message_id": message.id, "open_chat_id": side.ids.chat_of(message)},
        }
        answer = await side.deliveries.call_back("card.action.trigger", event)
    else:
        answer = await side.presses._ask(actor.person, message, side.cards.of(message), "b1", action, {})
    await actor.village.rest()
    return answer


def value_of(actor: Actor, message: Message, label: str) -> str:
    """The opaque id behind a button; what the client calls a button on Feishu is only its place in the card."""
    if actor.platform.name == "feishu":
        (value,) = {
            str(card_press._value(one.element)["a"])
            for one in card_press.controls(message.card)
            if one.label == label
        }
        return value
    return next(action for action, shown in actor.platform.buttons(message) if shown == label)


def effects(place: Village, platform: str) -> int:
    posts = [post for post in place.posts(platform, WHO[platform][1]) if WORDS in post.text]
    return len(posts) + sum(place.copies(platform, WORDS).values())


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_only_the_addressee_of_a_living_card_presses_it_once(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        name, department = WHO[platform]
        author = place.person(platform, name)
        people = [p for p in place.town.people[platform].values() if p.active and p.id != author.person.id]
        colleague = Actor(place, author.platform, people[0])
        gone = Actor(place, author.platform, people[1])
        await author.tells_the_bot(f"通知{department}：{WORDS}一")
        card = author.card_with("就这样")
        confirm = value_of(author, card, "就这样")

        await forged(colleague, card, confirm)  # forwarded, and pressed by another
        for edited in (
            "",
            "0" * 32,
            confirm[:-1],
            confirm + "0",
            "' OR 1=1 --",
            "x" * 5000,
            author.person.id,
        ):
            await forged(author, card, edited)
        await author.platform.leave(gone.person)
        await place.rest()
        await forged(gone, card, confirm)
        assert effects(place, platform) == 0

        await author.presses("改内容" if "改内容" in author.labels() else author.labels()[1])
        await author.tells_the_bot(f"{WORDS}二")
        await forged(author, card, confirm)  # the old card
        await place.pass_time(minutes=5)
        assert not any(
            f"{WORDS}一" in m.text and m.chat for m in place.town.log[platform] if m.sender == "bot"
        )

        if "就这样" in author.labels():
            fresh = author.card_with("就这样")
            again = value_of(author, fresh, "就这样")
            await asyncio.gather(*(forged(author, fresh, again) for _ in range(5)))
            await place.pass_time(minutes=5)
        once = effects(place, platform)
        assert once == len({*place.copies(platform, WORDS)}) + len(
            {post.text for post in place.posts(platform, department) if WORDS in post.text}
        )
        for _ in range(3):  # after it is closed
            await forged(author, card, confirm)
        await place.pass_time(minutes=5)
        assert effects(place, platform) == once


# ── Five ways to press wrongly, on six cards ──────────────────────────────────────────────────────

CAST = {
    "feishu": {"author": "李想", "team": "接口组", "reviewer": "林岚", "second": "沈卫东", "owner": "王芳"},
    "dingtalk": {"author": "何强", "team": "苏州工厂", "reviewer": "周敏", "second": "孙莉", "owner": "孙莉"},
}
ROOMS = """
[announce]
reviewers = ["{reviewer}", "{second}"]
[feedback]
owners = ["{owner}"]
"""
MENU = """
[[questionnaire]]
id = "menu"
kind = "poll"
title = "周五吃什么"
when = "2026-09-08 10:10"
questions = [{{ ask = "吃什么？", kind = "single", options = ["面", "饭"] }}]
audience = ["{team}"]
open_workdays = 0
closes = "17:00"
"""


@dataclass
class Staged:
    """A card in somebody's hands.

    Attributes:
        effect: how often what it stands for has happened.
    """

    actor: Actor
    message: Message
    action: str
    effect: Callable[[], int]
    filled_in: dict[str, str] | None = field(default=None)


def staged(
    actor: Actor, label: str, effect: Callable[[], int], message: Message | None = None, **filled_in: str
) -> Staged:
    card = message or actor.card_with(label)
    return Staged(actor, card, value_of(actor, card, label), effect, filled_in or None)


OF_EVERYBODY = ("received", "questionnaire")
"""One value for all copies: what it means hangs on who presses, and whoever was meant may."""


def audited(place: Village, act: str) -> int:
    return int(query(place, f"SELECT count(*) FROM audit WHERE act = '{act}'")[0][0])


async def all_cards(place: Village, platform: str) -> dict[str, Staged]:
    """Each made by itself, and none of them pressed yet."""
    names = CAST[platform]
    author, reviewer, owner = (place.person(platform, names[one]) for one in ("author", "reviewer", "owner"))
    found: dict[str, Staged] = {}

    await author.tells_the_bot(f"通知{names['team']}：【重要】收到这条请按一下 @{names['author']}")
    await author.presses("就这样")
    await place.pass_time(minutes=11)
    copies = [m for m in place.town.log[platform] if m.sender == "bot" and "收到这条" in m.text]
    copy = next(m for m in copies if "收到" in {label for _, label in author.platform.buttons(m)})
    members = [
        one for one in place.town.people[platform].values()
        if copy.person == one.id or (copy.chat and one.id in place.town.chats[platform][copy.chat].members)
    ]  # fmt: skip
    reader = Actor(place, author.platform, members[0])
    found["received"] = staged(
        reader, "收到", lambda: int(query(place, "SELECT count(*) FROM receipts WHERE kind = 'received'")[0][0]), copy
    )  # fmt: skip

    if platform == "feishu":
        asked = next(
            Actor(place, author.platform, one)
            for one in members
            if has_form(Actor(place, author.platform, one))
        )
        form = has_form(asked)
        assert form is not None
        found["questionnaire"] = staged(
            asked, "提交", lambda: int(query(place, "SELECT count(*) FROM named_answers")[0][0]), form, q1="0"
        )

    await author.tells_the_bot("我要反馈")
    await author.presses("署名")
    await author.tells_the_bot("秋季新品的文件总是找不到，翻半天")
    found["complaint"] = staged(
        owner, "我来处理", lambda: sum("在处理了" in one.text for one in author.heard())
    )

    await author.tells_the_bot("算了")
    await author.tells_the_bot("发全员：羽毛球社周五招新")
    await author.presses(next(label for label in author.labels() if label.endswith("放行一次")))
    found["review"] = staged(reviewer, "发", lambda: audited(place, "approved"))

    await author.tells_the_bot(f"通知{names['team']}：{WORDS}")
    already = audited(place, "confirmed")
    found["preview"] = staged(author, "就这样", lambda: audited(place, "confirmed") - already)
    return found


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_five_ways_to_press_wrongly_have_no_effect_on_any_card(tmp_path: Path, platform: str) -> None:
    names = CAST[platform]
    edit = "\n" + ROOMS.format(**names) + (MENU.format(**names) if platform == "feishu" else "")
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00", edit=edit) as place:
        cards = await all_cards(place, platform)
        people = [p for p in place.town.people[platform].values() if p.active]
        known = {one.actor.person.id for one in cards.values()} | {
            place.person(platform, names[one]).person.id for one in ("author", "reviewer", "second", "owner")
        }
        strangers = [p for p in people if p.id not in known]
        side = next(iter(cards.values())).actor.platform
        other, gone = (Actor(place, side, one) for one in strangers[:2])
        await side.leave(gone.person)
        await place.rest()
        before = {name: card.effect() for name, card in cards.items()}
        assert set(before.values()) <= {0}, before
        second = place.person(platform, names["second"])
        may = {card.action: {card.actor.person.id} for card in cards.values()}
        may[cards["review"].action].add(second.person.id)
        everybodys = {cards[name].action for name in OF_EVERYBODY if name in cards}
        for name, card in cards.items():
            for stranger in (other, gone):  # the card was forwarded to them
                if stranger is gone or name not in OF_EVERYBODY:
                    await forged(stranger, card.message, card.action, card.filled_in)
            for edited in (
                "",
                "0" * 24,
                card.action[:-1],
                card.action + "0",
                "x" * 5000,
                card.actor.person.id,
            ):
                await forged(card.actor, card.message, edited, card.filled_in)
            for another in cards.values():  # a value that stands for something of somebody else's
                if another.action not in everybodys and card.actor.person.id not in may[another.action]:
                    await forged(card.actor, card.message, another.action)
        assert {name: card.effect() for name, card in cards.items()} == before
        for name, card in cards.items():
            await asyncio.gather(
                *(forged(card.actor, card.message, card.action, card.filled_in) for _ in range(5))
            )
            await place.pass_time(seconds=5)
            assert card.effect() == 1, name
        await place.pass_time(minutes=5)
        for name, card in cards.items():
            for _ in range(3):
                await forged(card.actor, card.message, card.action, card.filled_in)
            assert card.effect() == 1, name
        await place.pass_time(minutes=5)
        posts = [post for post in place.posts(platform, "禾川全员") if "羽毛球社" in post.text]
        told = may[cards["review"].action] | {
            cards["preview"].actor.person.id
        }  # it was quoted to them before
        copies = {n for one, n in place.copies(platform, "羽毛球社").items() if one not in told}
        assert len(posts) == 1 or copies == {1}  # since somebody left, the hall is not everybody
        assert set(place.copies(platform, WORDS).values()) <= {1}


UNDO = {"feishu": "林岚", "dingtalk": "周敏"}


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_nobody_elses_press_takes_a_notice_back_and_its_own_only_once(
    tmp_path: Path, platform: str
) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 10:00") as place:
        holder = place.person(platform, UNDO[platform])
        people = [p for p in place.town.people[platform].values() if p.active and p.id != holder.person.id]
        for words, is_pressed_by_holder in (("食堂周一关门", False), ("食堂周二关门", True)):
            await holder.tells_the_bot(f"发全员：{words}")
            await holder.presses("就这样")
            undo = staged(holder, "撤销", lambda: audited(place, "cancelled"))
            for stranger in people[:3]:
                await forged(Actor(place, holder.platform, stranger), undo.message, undo.action)
            for edited in ("", undo.action[:-1], undo.action[::-1]):
                await forged(holder, undo.message, edited)
            assert undo.effect() == 0
            if is_pressed_by_holder:
                await asyncio.gather(*(forged(holder, undo.message, undo.action) for _ in range(5)))
                assert undo.effect() == 1
            await place.pass_time(minutes=5)
            await forged(holder, undo.message, undo.action)  # after its time
            await place.pass_time(minutes=5)
            posts = [post for post in place.posts(platform, "禾川全员") if words in post.text]
            assert len(posts) == (0 if is_pressed_by_holder else 1)
        assert audited(place, "cancelled") == 1


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_a_leavers_cards_and_held_notice_are_dead(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start="2026-09-08 21:40") as place:
        name, department = WHO[platform]
        author = place.person(platform, name)
        await author.tells_the_bot(f"通知{department}：{WORDS}")
        card = author.card_with("就这样")
        confirm = value_of(author, card, "就这样")
        await author.platform.leave(author.person)
        await place.pass_time(seconds=60)
        await forged(author, card, confirm)
        await place.travel("2026-09-09 12:00")
        assert effects(place, platform) == 0
