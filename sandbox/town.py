"""The town (小镇): the state that both platforms share, its one seam for chance, and its news."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.clock import TownClock
from sandbox.faults import Faults
from sandbox.frames import Frames
from sandbox.model import BOT, Chat, Department, Message, Person
from sandbox.news import News
from sandbox.recorder import Recorder
from sandbox.settings import Settings

if TYPE_CHECKING:
    from sandbox.platform import Platform

log = logging.getLogger(__name__)


class Town:
    """People, departments, chats and messages of both platforms, by platform and id.

    All that is drawn comes from ``seed``: ids by ``new_id`` and ``derive``,
    chance by ``chance(purpose)``. Nothing here knows a platform's own rules.
    """

    def __init__(self, *, clock: TownClock, seed: int = 1, company: str = "small") -> None:
        self.clock = clock
        self.seed = seed
        self.company = company
        self.url = ""
        """``http://127.0.0.1:PORT`` once the town listens."""
        self.settings = Settings()
        self.faults = Faults()
        self.recorder = Recorder()
        self.frames = Frames(clock, self.publish)
        self.platforms: dict[str, Platform] = {}
        self.on_post: list[Callable[[Message], None]] = []
        """Called, not awaited, with every new message."""
        self.requests_open = 0
        self.frames_open = 0
        self._news = News()
        clock.busy.append(self._why_busy)
        self._clear()

    def _clear(self) -> None:
        self.people: dict[str, dict[str, Person]] = {}
        self.departments: dict[str, dict[str, Department]] = {}
        self.roots: dict[str, str] = {}
        self.chats: dict[str, dict[str, Chat]] = {}
        self.messages: dict[str, Message] = {}
        self.log: dict[str, list[Message]] = {}
        self.direct: dict[tuple[str, str], list[Message]] = {}
        self._counters: dict[str, int] = {}
        self._chances: dict[str, random.Random] = {}
        self._seq = 0

    # -- the seed

    def derive(self, prefix: str, *parts: object, length: int = 32) -> str:
        """``prefix`` and ``length`` hex digits that depend on the seed and ``parts`` only."""
        text = "\x1f".join([str(self.seed), prefix, *map(str, parts)])
        return prefix + hashlib.sha512(text.encode()).hexdigest()[:length]

    def digits(self, length: int, *parts: object) -> str:
        """``length`` (at most 38) decimal digits, no leading zero, from the seed and ``parts`` only."""
        number = int(self.derive("", "digits", *parts), 16)
        return str(10 ** (length - 1) + number % (9 * 10 ** (length - 1)))

    def new_id(self, prefix: str, kind: str = "", *, length: int = 32) -> str:
        """The next id of this kind: the same calls in the same order give the same ids."""
        name = prefix + "|" + kind
        self._counters[name] = count = self._counters.get(name, 0) + 1
        return self.derive(prefix, kind, count, length=length)

    def chance(self, purpose: str) -> random.Random:
        """The seeded source of chance for one purpose, so that purposes do not disturb each other."""
        if purpose not in self._chances:
            self._chances[purpose] = random.Random(f"{self.seed}/{purpose}")  # noqa: S311
        return self._chances[purpose]

    def setting(self, key: str) -> Any:
        """Raises ``UnknownSetting`` for a key no platform registered."""
        return self.settings.get(key)

    # -- what is under way

    def frame_sent(self) -> None:
        """A frame that must be acknowledged left; the clock stands until ``frame_done``."""
        self.frames_open += 1
        self.clock.bump()

    def frame_done(self) -> None:
        """Acknowledged, given up, or its connection gone: exactly once for each ``frame_sent``."""
        self.frames_open = max(0, self.frames_open - 1)
        self.clock.bump()

    def request_started(self) -> None:
        self.requests_open += 1

    def request_done(self) -> None:
        self.requests_open -= 1
        self.clock.bump()

    def _why_busy(self) -> str | None:
        if self.frames_open:
            return f"{self.frames_open} frames are not acknowledged"
        return f"{self.requests_open} requests are being answered" if self.requests_open else None

    # -- news

    def publish(self, kind: str, payload: dict[str, Any]) -> None:
        """Tell every listener; a listener that lags loses the oldest news."""
        if self._news.is_heard:
            self._news.publish(kind, self.clock.now().isoformat(), payload)

    def subscribe(self) -> AbstractContextManager[asyncio.Queue[dict[str, Any]]]:
        """News while the block lasts."""
        return self._news.subscribe()

    # -- people and departments

    def add_department(self, department: Department) -> Department:
        side = self.departments.setdefault(department.platform, {})
        side[department.id] = department
        if department.parent is None:
            self.roots[department.platform] = department.id
        else:
            side[department.parent].children.append(department.id)
        return department

    def add_person(self, person: Person) -> Person:
        self.people.setdefault(person.platform, {})[person.id] = person
        self.place(person, person.departments)
        return person

    def place(self, person: Person, departments: Iterable[str]) -> None:
        """Make these, and only these, the person's departments."""
        side = self.departments[person.platform]
        for old in person.departments:
            side[old].members.pop(person.id, None)
        person.departments = list(dict.fromkeys(departments))
        for new in person.departments:
            side[new].members[person.id] = None

    def subtree(self, platform: str, department: str) -> list[Department]:
        """The department and all below it, parents first."""
        side = self.departments[platform]
        found = [side[department]]
        for each in found:
            found.extend(side[child] for child in each.children)
        return found

    def person_named(self, platform: str, name: str, department: str = "") -> Person:
        """The only active person of that name (or account), of that department's name if one is given.

        Raises:
            LookupError: nobody, or several.
        """
        side = self.departments.get(platform, {})
        found = [
            p for p in self.people.get(platform, {}).values()
            if name in (p.name, p.account) and p.active
            and (not department or any(side[d].name == department for d in p.departments))
        ]  # fmt: skip
        if len(found) != 1:
            raise LookupError(f"{len(found)} people called {name!r} on {platform}")
        return found[0]

    def department_named(self, platform: str, name: str) -> Department:
        """Raises ``LookupError`` if there is none of that name."""
        for department in self.departments.get(platform, {}).values():
            if department.name == name:
                return department
        raise LookupError(f"no department {name!r} on {platform}")

    # -- chats and messages

    def add_chat(self, chat: Chat) -> Chat:
        self.chats.setdefault(chat.platform, {})[chat.id] = chat
        self.publish("chat", {"platform": chat.platform, "chat": chat.id, "name": chat.name})
        return chat

    def chat_named(self, platform: str, name: str) -> Chat:
        """The first active chat of that name; raises ``LookupError`` if there is none."""
        for chat in self.chats.get(platform, {}).values():
            if chat.name == name and chat.active:
                return chat
        raise LookupError(f"no chat {name!r} on {platform}")

    def post(
        self,
        platform: str,
        *,
        id: str,  # noqa: A002
        sender: str,
        text: str,
        chat: str | None = None,
        person: str | None = None,
        kind: str = "text",
        card: dict[str, Any] | None = None,
        mentions: Iterable[str] = (),
        extra: dict[str, Any] | None = None,
    ) -> Message:
        """Put a message into a chat, or into the direct talk of ``person`` with the robot.

        Rights are the platform's affair and have been judged before.
        """
        self._seq += 1
        message = Message(
            id=id, seq=self._seq, platform=platform, chat=chat, person=person, sender=sender, kind=kind,
            text=text, card=card, mentions=list(mentions), sent_at=self.clock.now(), extra=extra or {},
        )  # fmt: skip
        self.messages[id] = message
        self.log.setdefault(platform, []).append(message)
        if chat is not None:
            self.chats[platform][chat].messages.append(message)
        elif person is not None:
            self.direct.setdefault((platform, person), []).append(message)
        if self._news.is_heard:
            self.publish("message", {"message": message.as_json()})
        for listener in self.on_post:
            listener(message)
        return message

    def changed(self, message: Message) -> None:
        """A message was edited, recalled, read, or its card updated: tell the listeners."""
        if self._news.is_heard:
            self.publish("changed", {"message": message.as_json()})

    def mark_read(self, message: Message, person: str) -> bool:
        """True if this is the first time that this person reads it."""
        if person in message.read_by or person == message.sender:
            return False
        message.read_by[person] = self.clock.now()
        self.changed(message)
        return True

    def recall(self, message: Message) -> None:
        message.recalled = True
        self.changed(message)

    def messages_in(
        self, platform: str, *, chat: str | None = None, person: str | None = None, since: int = 0
    ) -> list[Message]:
        """Messages after the sequence number ``since``: of a chat, of a direct talk, or of all, oldest first."""
        if chat is not None:
            listed = self.chats[platform][chat].messages
        elif person is not None:
            listed = self.direct.get((platform, person), [])
        else:
            listed = self.log.get(platform, [])
        return listed[bisect_right(listed, since, key=lambda m: m.seq) :] if since else list(listed)

    def messages_from(self, messages: list[Message], moment: datetime) -> list[Message]:
        """Those sent at ``moment`` or later."""
        return [message for message in messages if message.sent_at >= moment]

    def audience(self, message: Message) -> list[str]:
        """The people a message is shown to, its sender not among them."""
        if message.chat is None:
            people = [message.person] if message.person else []
        else:
            people = list(self.chats[message.platform][message.chat].members)
        return [person for person in people if person not in (message.sender, BOT)]

    # -- life

    def populate(self) -> None:
        """Build the company anew from the seed."""
        from sandbox import company

        self._clear()
        company.build(self, self.company)

    def reset(self) -> None:
        """Back to the seed: state, settings, faults, record, and on a standing clock the time."""
        self.clock.reset()
        self.faults.replace([])
        self.recorder.clear()
        self.frames.clear()
        self.settings.reset()
        self.populate()
        for platform in self.platforms.values():
            platform.reset()
        self.publish("reset", {})
