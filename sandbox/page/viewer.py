"""Whose eyes (身份): the person a browser tab is, what this person sees, and who else there is to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.model import BOT, Chat, Message, Person
from sandbox.page import look
from sandbox.page.look import Face
from sandbox.town import Town

FOUND = 60
"""People a search shows at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody the tab could be."""

    key: str
    platform: str
    name: str
    account: str
    where: str
    title: str
    face: Face
    is_me: bool


def key_of(person: Person) -> str:
    return f"{person.platform}:{person.id}"


def person_of(town: Town, key: str) -> Person | None:
    """The active person ``platform:id`` (or ``platform:account``) names."""
    platform, _, who = key.partition(":")
    side = town.people.get(platform, {})
    person = side.get(who)
    if person is None and who:
        named = [each for each in side.values() if each.account == who and each.active]
        person = named[0] if len(named) == 1 else None
    return person if person is not None and person.active else None


def sees(message: Message, person: str) -> bool:
    """Whether a message that stands in a chat is shown to this person: some are for a few eyes only."""
    only = eyes(message)
    return only is None or person in only or person == message.sender


def eyes(message: Message) -> Sequence[str] | None:
    """The people a message is restricted to; ``None`` for everybody in the chat."""
    for key in ("visible_to", "recipients", "only", "ephemeral", "only_for"):
        listed = message.extra.get(key)
        if isinstance(listed, str) and listed:
            return [listed]
        if isinstance(listed, list | tuple | set | dict) and listed:
            return [str(each) for each in listed]
    return None


def chats_of(town: Town, person: Person) -> list[Chat]:
    """The groups this person is in."""
    every = town.chats.get(person.platform, {}).values()
    return [chat for chat in every if chat.active and person.id in chat.members]


def messages_of(town: Town, person: Person, key: str) -> list[Message]:
    """What this person sees in a conversation, oldest first."""
    if key == BOT:
        return town.messages_in(person.platform, person=person.id)
    return [m for m in town.messages_in(person.platform, chat=key) if sees(m, person.id)]


def latest_of(town: Town, person: Person, key: str, count: int) -> list[Message]:
    """As the end of ``messages_of``, without looking at all that was ever said."""
    if key == BOT:
        return town.direct.get((person.platform, person.id), [])[-count:]
    return [m for m in town.chats[person.platform][key].messages[-count:] if sees(m, person.id)]


def robot_is_here(town: Town, platform: str) -> bool:
    """Whether a robot is connected to the platform, or has given a web address for its events."""
    addresses = {"feishu": "feishu.webhook_url", "dingtalk": "dingtalk.event_url"}
    return bool(town.platforms[platform].connections) or bool(town.setting(addresses[platform]))


def is_unread(message: Message, person: str) -> bool:
    return message.sender != person and not message.recalled and person not in message.read_by


def find(town: Town, query: str, me: Person | None) -> tuple[list[PersonRow], int]:
    """People by name, account, department or title, and how many there are in all.

    Without a query: those with a title, since they are the ones the stories are about.
    """
    everybody = [p for side in town.people.values() for p in side.values() if p.active]
    words = query.lower().split()
    if words:
        found = [p for p in everybody if all(word in _haystack(town, p) for word in words)]
    else:
        found = [p for p in everybody if p.title] or everybody
    found.sort(key=lambda p: not any(p.name.lower().startswith(word) for word in words))
    return [_person_row(town, p, me) for p in found[:FOUND]], len(found)


def _haystack(town: Town, person: Person) -> str:
    platform = f"{look.PLATFORMS.get(person.platform, '')} {person.platform}"
    words = (person.name, person.account, look.where(town, person), person.title, person.id, platform)
    return " ".join(words).lower()


def _person_row(town: Town, person: Person, me: Person | None) -> PersonRow:
    return PersonRow(
        key=key_of(person), platform=person.platform, name=person.name, account=person.account,
        where=look.where(town, person), title=person.title, face=look.face(person.id, person.name),
        is_me=me is not None and key_of(me) == key_of(person),
    )  # fmt: skip


def link(person: str, chat: str = "") -> str:
    """The address of the page as this person in this conversation."""
    return "/?" + urlencode({"as": person} | ({"chat": chat} if chat else {}))
