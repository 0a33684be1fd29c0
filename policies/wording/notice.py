"""公告本身 (notice): what its readers see; the bot writes the tag, the author's words follow untouched."""

from __future__ import annotations

from dataclasses import replace

from policies import tags
from policies.card import Card, Tone
from policies.model import Announcement, AudienceKind, Tag, Urgency
from policies.remedy import Notice
from policies.wording import audience, counts
from policies.wording.choice import ActionOf, Choice, buttons

RECEIVED = Choice(id="received", label="收到")
WHY = Choice(id="why", label="为什么我会收到")

EVERYONE = "所有人"
PUBLISHED = " 发布"
NO_MENTION = "钉钉没有配置卡片模板时，群消息不能真正 @ 人，大家会看到名字，但不会有提醒。"


def of(announcement: Announcement, author_name: str, action_of: ActionOf | None = None) -> Notice:
    """Title, plain text and card of an announcement; without ``action_of`` the card has no buttons."""
    lines = _lines(announcement, author_name)
    return Notice(
        title=title(announcement),
        text="\n".join(lines),
        card=_card(announcement, author_name, action_of),
        everyone=EVERYONE,
    )


def title(announcement: Announcement) -> str:
    """``【重要】研发部通知``."""
    single = announcement.audience.kind is AudienceKind.PEOPLE
    return tags.one_line(
        f"{_tags(announcement)}{'' if single else audience.label(announcement.audience)}通知"
    )


def _lines(announcement: Announcement, author_name: str) -> list[str]:
    lines = [f"{_tags(announcement)}{tags.clean(announcement.text).strip()}", *_reason(announcement)]
    return [*lines, signed(author_name)] if author_name else lines


def signed(author_name: str) -> str:
    """The last line of a text."""
    return f"—— {tags.one_line(author_name)}"


def _card(announcement: Announcement, author_name: str, action_of: ActionOf | None) -> Card:
    paragraphs = [line for line in tags.clean(announcement.text).split("\n") if line.strip()]
    choices = (RECEIVED, WHY) if announcement.is_important else (WHY,)
    return Card(
        title=title(announcement),
        body=(*paragraphs, *_reason(announcement)),
        hint=f"{tags.one_line(author_name)}{PUBLISHED}" if author_name else "",
        buttons=buttons(choices, action_of) if action_of else (),
        tone=_tone(announcement),
    )


def recalled(announcement: Announcement) -> Card:
    """The face of a card that was taken back: no word of the text stays."""
    return Card(title=title(announcement), state="已撤回", tone=Tone.GONE)


def received(card: Card, n: int, of_all: int) -> Card:
    """The same card with 已有 23/41 人收到; a number, never a list of names.

    Args:
        of_all: 0 where nobody tells who is in the group; then no denominator is made up.
    """
    return replace(
        card,
        hint=f"已有 {counts.share(n, of_all)}收到" if of_all else f"已有 {n} 人收到，一共几人我不知道",
        state="",
    )


def _tags(announcement: Announcement) -> str:
    urgent = announcement.urgency is Urgency.URGENT
    return tags.shown(announcement.tags | ({Tag.URGENT} if urgent else frozenset()))


def _reason(announcement: Announcement) -> list[str]:
    if announcement.urgency is not Urgency.URGENT or not announcement.reason:
        return []
    return [f"现在发的原因：{tags.one_line(announcement.reason, 100)}"]


def _tone(announcement: Announcement) -> Tone:
    if announcement.urgency is Urgency.URGENT:
        return Tone.URGENT
    return Tone.IMPORTANT if announcement.is_important else Tone.CALM
