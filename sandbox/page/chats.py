"""The list of conversations (会话列表): last line, moment and what is unread."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model import BOT, Message, Person
from sandbox.page import look, talk, viewer
from sandbox.page.look import Face
from sandbox.town import Town

LOOKED_BACK = talk.SHOWN
"""So many of the latest messages are looked through for what is unread: those that opening it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the list of conversations."""

    key: str
    """``bot`` or the chat's id."""
    name: str
    face: Face
    last: str
    at: str
    unread: int
    called: bool
    """An unread message mentions the reader."""
    members: int
    is_here: bool


def rows(town: Town, person: Person, here: str) -> list[Row]:
    """All conversations: the robot's pinned on top, then by their last message, then by name."""
    groups = sorted(viewer.chats_of(town, person), key=lambda chat: chat.name)
    groups.sort(key=lambda chat: chat.messages[-1].seq if chat.messages else 0, reverse=True)
    first = _row(town, person, BOT, look.BOT_NAME, here, 0)
    return [first, *(_row(town, person, chat.id, chat.name, here, len(chat.members)) for chat in groups)]


def _row(town: Town, person: Person, key: str, name: str, here: str, members: int) -> Row:
    listed = viewer.latest_of(town, person, key, LOOKED_BACK)
    unread = [m for m in listed if viewer.is_unread(m, person.id)]
    last = listed[-1] if listed else None
    return Row(
        key=key, name=name, face=look.face(key, name) if key == BOT else look.group_face(key, name), last=last_line(town, person, last) if last else "",
        at=look.short_moment(last.sent_at, town.clock.now()) if last else "", unread=len(unread),
        called=key != BOT and any(person.id in m.mentions or "all" in m.mentions for m in unread),
        members=members, is_here=key == here,
    )  # fmt: skip


def last_line(town: Town, person: Person, message: Message) -> str:
    """One line for the list: who said what, cards by their title."""
    said = talk.preview(town, message, person)
    if message.chat is None and message.sender != person.id:
        return said
    name = "我" if message.sender == person.id else look.name_of(town, message.platform, message.sender)
    return f"{name}：{said}"
