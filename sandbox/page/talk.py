"""One conversation (会话) as one person sees it: its header, its messages, and whether one may speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.model import BOT, Chat, Message, Person
from sandbox.page import acts, dingtalk_card, feishu_card, feishu_post, look, marks, spans, viewer
from sandbox.page.cards import Actions, CardView
from sandbox.page.look import Face
from sandbox.page.marks import Marks
from sandbox.page.spans import Span
from sandbox.platform import Refused
from sandbox.town import Town

SHOWN = 60
"""Messages of a conversation that are shown at first."""
INSIDE = 4
"""Messages of a forwarded bundle that are shown."""
PAUSE = timedelta(minutes=5)
"""After such a pause the time stands between two messages."""
KINDS = {
    "image": "图片", "file": "文件", "audio": "语音", "media": "视频", "video": "视频", "sticker": "表情",
    "folder": "文件夹", "location": "位置", "todo": "任务", "vote": "投票", "merge_forward": "聊天记录", "hongbao": "红包",
    "video_chat": "视频会议", "share_calendar_event": "日程", "system": "系统消息", "richText": "图文",
    "unknownMsgType": "其他消息", "blackboard": "公告", "ding": "DING",
    "share_chat": "群名片", "share_user": "个人名片", "voice": "语音", "picture": "图片",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in the group; ``role`` is 群主, 管理员 or empty."""

    id: str
    name: str
    face: Face
    role: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """``refusal`` says why the person may not speak, and is empty if he may."""

    name: str
    face: Face
    key: str
    members: int
    rule: str
    refusal: str
    has_bot: bool
    robot_is_here: bool
    is_direct: bool
    top: str = ""
    """One line of the message on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as the template draws it; ``divider`` is the moment that stands above it, or empty."""

    id: str
    divider: str
    sender: str
    face: Face
    role: str
    mine: bool
    time: str
    lines: tuple[tuple[Span, ...], ...]
    card: CardView | None
    label: str
    recalled: bool
    unread: bool
    called: bool
    only: str
    receipt: str
    receipt_done: bool
    edited: bool
    quote: str
    """Who said what it answers, in one line."""
    marks: Marks


def header(town: Town, person: Person, key: str) -> Header:
    """Raises ``KeyError`` for a chat the person is not in."""
    if key == BOT:
        return Header(
            name=look.BOT_NAME, face=look.face(BOT, look.BOT_NAME), key=key, members=0, rule="", refusal="",
            robot_is_here=viewer.robot_is_here(town, person.platform), has_bot=True, is_direct=True,
        )  # fmt: skip
    chat = chat_of(town, person, key)
    return Header(
        name=chat.name, face=look.group_face(chat.id, chat.name), key=key, members=len(chat.members),
        rule=_rule(chat), refusal=_refusal(town, person, chat), has_bot=chat.bot,
        robot_is_here=viewer.robot_is_here(town, person.platform), is_direct=False, top=_top(town, person, chat),
    )  # fmt: skip


def _top(town: Town, person: Person, chat: Chat) -> str:
    message = town.messages.get(acts.on_top(town, chat.platform, chat.id))
    if message is None or message.recalled or not viewer.sees(message, person.id):
        return ""
    return preview(town, message, person)


def chat_of(town: Town, person: Person, key: str) -> Chat:
    """Raises ``KeyError`` unless the person is in it."""
    chat = town.chats[person.platform][key]
    if not chat.active or person.id not in chat.members:
        raise KeyError(key)
    return chat


def members(town: Town, person: Person, key: str) -> list[Member]:
    """Owner first, then admins, then the rest in their order; the robot among them if it is in."""
    chat = chat_of(town, person, key)
    people = [*([BOT] if chat.bot else []), *chat.members]
    rank = {"群主": 0, "管理员": 1, "": 2}
    listed = [_member(town, chat, who) for who in people]
    return sorted(listed, key=lambda member: rank[member.role])


def messages(town: Town, person: Person, key: str, shown: int = SHOWN) -> tuple[list[Shown], int]:
    """The latest messages, oldest first, and how many older ones there are."""
    every = viewer.messages_of(town, person, key)
    chosen = every[-shown:]
    chat = None if key == BOT else chat_of(town, person, key)
    listed: list[Shown] = []
    before: datetime | None = None
    for message in chosen:
        pause = before is None or message.sent_at - before >= PAUSE
        divider = look.long_moment(message.sent_at, town.clock.now()) if pause else ""
        listed.append(_shown(town, person, chat, message, divider))
        before = message.sent_at
    return listed, len(every) - len(chosen)


def preview(town: Town, message: Message, person: Person) -> str:
    """One line for the list of conversations."""
    if message.recalled:
        return "〔已撤回〕"
    if message.card is not None:
        return f"〔卡片〕{card_view(town, message, person).preview()}"
    if not message.text and message.kind in KINDS:
        return f"〔{KINDS[message.kind]}〕"
    return spans.plain(message.text)[:80]


def card_view(town: Town, message: Message, person: Person) -> CardView:
    """The card as this person sees it, with the actions the platform says its buttons have."""
    platform = town.platforms[message.platform]
    actions = Actions(platform.buttons(message))
    card: dict[str, Any] = message.card or {}
    if message.platform == "feishu":
        everyone = town.chats.get("feishu", {}).get(message.chat or "")
        choices = tuple((who, _name(town, message, who)) for who in (everyone.members if everyone else ()))
        return feishu_card.view(
            card, actions, lambda who: _name(town, message, who), me=person.id, people=choices
        )

    def named(who: str) -> str:
        return look.name_of(town, message.platform, who)

    return dingtalk_card.view(card, actions, named, me=person.id, at=message.mentions)


def readers(town: Town, message: Message) -> tuple[list[tuple[str, str]], list[str]]:
    """Who has read it, with the moment, and who has not; by name."""
    audience = [p for p in town.audience(message) if viewer.sees(message, p)]
    now = town.clock.now()
    have = [
        (_name(town, message, who), look.long_moment(message.read_by[who], now))
        for who in audience
        if who in message.read_by
    ]
    return have, [_name(town, message, who) for who in audience if who not in message.read_by]


def _shown(town: Town, person: Person, chat: Chat | None, message: Message, divider: str) -> Shown:
    name = _name(town, message, message.sender)
    receipt, done = ("", False) if message.recalled else _receipt(town, message)
    card = card_view(town, message, person) if message.card is not None and not message.recalled else None
    only, hung = viewer.eyes(message), marks.of(town, message, person.id)
    return Shown(
        id=message.id, divider=divider, sender=name, face=look.face(message.sender, name),
        role=_role(chat, message.sender) if chat else "", mine=message.sender == person.id,
        time=look.clock_time(message.sent_at), lines=_lines(town, person, message), card=card,
        label=KINDS.get(message.kind, ""), recalled=message.recalled,
        unread=viewer.is_unread(message, person.id),
        called=message.sender != person.id and chat is not None
        and (person.id in message.mentions or "all" in message.mentions),
        only="" if only is None else ("仅你可见" if list(only) == [person.id] else f"仅 {len(only)} 人可见"),
        receipt=receipt, receipt_done=done, edited=bool(message.extra.get("edits")),
        marks=hung, quote=_quote(town, person, hung.answers),
    )  # fmt: skip


def _quote(town: Town, person: Person, answered: Message | None) -> str:
    if answered is None:
        return ""
    name = look.name_of(town, answered.platform, answered.sender) or "不认识的人"
    seen = viewer.sees(answered, person.id)
    return f"回复 {name}：{preview(town, answered, person)}" if seen else f"回复 {name}"


def _lines(town: Town, person: Person, message: Message) -> tuple[tuple[Span, ...], ...]:
    def named(who: str) -> str:
        return look.name_of(town, message.platform, who)

    if message.recalled or (message.card is not None and not message.text):
        return ()
    if message.kind == "merge_forward":
        return _inside(town, message)
    if message.kind == "post" and message.platform == "feishu":
        return feishu_post.lines(message, named, me=person.id)
    if message.kind in KINDS and _only_names_its_kind(message):
        return ()
    if message.kind == "markdown":
        return tuple(tuple(line) for line in spans.of_markdown(message.text, named, me=person.id))
    pieces = spans.of_text(message.text, message.mentions, named, me=person.id)
    return (tuple(pieces),) if pieces else ()


def _only_names_its_kind(message: Message) -> bool:
    """Whether the words are those of the client for what cannot be shown: the label says as much."""
    said = message.text.strip()
    return said == f"[{KINDS[message.kind]}]" or (said[:1], said[1:-1]) == ("[", marks.file_of(message))


def _inside(town: Town, message: Message) -> tuple[tuple[Span, ...], ...]:
    """The first messages of a bundle, each by its author."""
    known = [town.messages[each] for each in message.extra.get("forwarded", ()) if each in town.messages]
    lines = [
        (Span(f"{_name(town, each, each.sender)}：", "bold"), Span(spans.plain(each.text)[:80]))
        for each in known[:INSIDE]
    ]
    rest = [(Span(f"……共 {len(known)} 条"),)] if len(known) > INSIDE else []
    return ((), *lines, *rest)


def _receipt(town: Town, message: Message) -> tuple[str, bool]:
    """How many have read it, in the platform's own way of saying so, and whether all have."""
    audience = [p for p in town.audience(message) if viewer.sees(message, p)]
    read = sum(1 for who in audience if who in message.read_by)
    if not audience:
        return "", True
    done = read == len(audience)
    if message.chat is None:
        return ("已读" if done else "未读"), done
    if message.platform == "dingtalk":
        return ("全部已读" if done else f"{len(audience) - read} 人未读"), done
    return f"已读 {read}/{len(audience)}", done


def _name(town: Town, message: Message, who: str) -> str:
    return look.name_of(town, message.platform, who) or "不认识的人"


def _member(town: Town, chat: Chat, who: str) -> Member:
    name = look.name_of(town, chat.platform, who) or who
    person = town.people[chat.platform].get(who)
    return Member(
        id=who, name=name, face=look.face(who, name), role=_role(chat, who),
        where=look.where(town, person) if person else "机器人",
    )  # fmt: skip


def _role(chat: Chat, who: str) -> str:
    if who == chat.owner:
        return "群主"
    return "管理员" if who in chat.admins else ""


def _rule(chat: Chat) -> str:
    return {"all": "", "admins": "仅群主和管理员可发言", "list": "仅指定成员可发言"}[chat.speak]


def _refusal(town: Town, person: Person, chat: Chat) -> str:
    try:
        town.platforms[chat.platform].may_say(person, chat)
    except Refused as refused:
        return refused.reason
    return ""
