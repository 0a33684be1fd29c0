"""A platform (平台): the door between the town and what behaves like Feishu or like DingTalk.

``Platform`` does to the town's state what people do by hand; a subclass adds
the platform's own rules, ids, events and the calls of its API.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from sandbox import company
from sandbox.model import ALL, BOT, Chat, Message, Person
from sandbox.only_some import OnlySome
from sandbox.refusals import Absent as Absent
from sandbox.refusals import Refused as Refused
from sandbox.replies import Reply
from sandbox.town import Town


class Secret(str):
    """A value of the configuration that belongs into a file of its own."""

    __slots__ = ()


class Platform(OnlySome):
    """What the town needs of a platform. Override what the platform does differently."""

    message_prefix: ClassVar[str] = "msg"
    settings: ClassVar[Mapping[str, Any]] = {}
    """Keys with defaults, each beginning with the platform's name and a dot."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.connections: Mapping[str, object] = {}
        """The robots that are connected by the platform's line, by the line's own name of each connection."""

    # -- the server

    def routes(self) -> list[web.RouteDef]:
        """The calls of the API and the WebSocket."""
        return []

    def handles(self, path: str) -> bool:
        """Whether a path, known or not, is one of this platform's."""
        raise NotImplementedError

    async def unknown_path(self, request: web.Request) -> web.StreamResponse:
        """The platform's own answer to a path (or a method) it does not know."""
        return self.error_response(404, request.path)

    def error_body(self, status: int, path: str) -> dict[str, Any]:
        """The platform's envelope for an error that was ordered or happened by itself."""
        return {"status": status, "path": path}

    def error_headers(self, status: int, path: str) -> dict[str, str]:  # noqa: ARG002
        """Headers beside ``error_body``, e.g. how long to wait after a 429."""
        return {}

    def error_response(self, status: int, path: str) -> web.Response:
        """``error_body`` as an answer; override if the platform says some errors with HTTP 200."""
        body, headers = self.error_body(status, path), self.error_headers(status, path)
        return web.json_response(body, status=status, headers=headers)

    def ready_info(self) -> dict[str, Any]:
        """The platform's part of the line that is printed when the town is ready."""
        raise NotImplementedError

    def config_section(self) -> dict[str, Any]:
        """The platform's table of ``config.toml``; ``Secret`` values go to files."""
        raise NotImplementedError

    def reset(self) -> None:
        """The town was built anew: forget tokens, connections and counters."""

    def faults_changed(self) -> None:
        """The list of faults was replaced: start those of the line that begin by themselves."""

    def settings_changed(self, before: Mapping[str, Any]) -> None:
        """Somebody changed settings by hand; ``before`` are all of them as they were."""

    async def close(self) -> None:
        """The town ends: close connections, await tasks."""

    def check_settings(self, values: Mapping[str, Any]) -> None:
        """Raises ``ValueError`` for a value of one of its settings that means nothing, saying what is allowed."""

    # -- what is looked up

    def person(self, person: str) -> Person:
        """By id, or by account, or by a name nobody else has. Raises ``Absent``."""
        side = self.town.people.get(self.name, {})
        if person in side:
            return side[person]
        try:
            return self.town.person_named(self.name, person)
        except LookupError as error:
            raise Absent(str(error)) from error

    def chat(self, chat: str) -> Chat:
        """By id, or by name. Raises ``Absent``."""
        side = self.town.chats.get(self.name, {})
        if chat in side:
            return side[chat]
        try:
            return self.town.chat_named(self.name, chat)
        except LookupError as error:
            raise Absent(str(error)) from error

    def message(self, message: str) -> Message:
        """By id. Raises ``Absent``."""
        found = self.town.messages.get(message)
        if found is None or found.platform != self.name:
            raise Absent(f"no message {message!r} on {self.name}")
        return found

    def department(self, department: str) -> str:
        """The id, by id or by name. Raises ``Absent``."""
        if department in self.town.departments.get(self.name, {}):
            return department
        try:
            return self.town.department_named(self.name, department).id
        except LookupError as error:
            raise Absent(str(error)) from error

    def new_message_id(self) -> str:
        return self.town.new_id(self.message_prefix, "message")

    # -- what people do

    def may_say(self, person: Person, chat: Chat) -> None:
        """Raises ``Refused`` if this person may not speak there now."""
        if not person.active or person.id not in chat.members:
            raise Refused(f"{person.name} 不在群里")
        if not chat.may_speak(person.id):
            raise Refused("群主已设置仅群主和管理员可发言")

    async def say(
        self, person: Person, to: str, text: str, mentions: Sequence[str] = (), *, reply: Reply | None = None
    ) -> str:
        """A person says something to the robot (``to="bot"``) or in a chat; the line carries it if it should.

        Args:
            mentions: ids of people, ``"bot"`` or ``"all"``.
            reply: the message it answers, of the same chat.

        Returns:
            The message's id, as soon as it stands in the chat; the robot's answer is not awaited.

        Raises:
            Refused: the person may not speak there.
            Absent: no such chat.
        """
        known = [each if each in (BOT, ALL) else self.person(each).id for each in mentions]
        if to == BOT:
            where: dict[str, Any] = {"person": person.id}
        else:
            chat = self.chat(to)
            self.may_say(person, chat)
            where = {"chat": chat.id}
        self.check_reply(reply, where)
        message = self.town.post(
            self.name, id=self.new_message_id(), sender=person.id, text=text, mentions=known,
            extra={"reply_to": reply.to.id} if reply else {}, **where,
        )  # fmt: skip
        await self.heard(message)
        return message.id

    @staticmethod
    def check_reply(reply: Reply | None, where: Mapping[str, Any]) -> None:
        """Raises ``Refused`` for a message that stands elsewhere, or not any more."""
        if reply is None:
            return
        if (reply.to.chat, reply.to.person) != (where.get("chat"), where.get("person")):
            raise Refused("这条消息不在这个会话里")
        if reply.to.recalled:
            raise Refused("这条消息已被撤回")

    async def send(
        self, person: Person, to: str, kind: str, content: Mapping[str, Any], mentions: Sequence[str] = (),
        *, reply: Reply | None = None,
    ) -> str:  # fmt: skip
        """As ``say``, but a picture, a file or the like; ``ValueError`` for content that means nothing."""
        raise Refused(
            f"{self.name} has no {kind} of people here ({person.id}, {to}, {content}, {mentions}, {reply})"
        )

    async def heard(self, message: Message) -> None:
        """A person's message stands in a chat: carry it to the robot if the platform does so."""

    async def press(
        self, person: Person, message: Message, action: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A person presses a button; returns what the person then sees: ``{"toast"?, "card"?}``.

        Awaits the robot's answer over the line, for the platform's limit in
        real seconds at most (a standing clock does not move meanwhile).

        Raises:
            Refused: no such button, or not for this person.
        """
        raise Refused(f"{self.name} knows no buttons yet ({person.id}, {message.id}, {action}, {values})")

    def buttons(self, message: Message) -> list[tuple[str, str]]:  # noqa: ARG002
        """The ``(action, label)`` pairs a person sees on a message."""
        return []

    async def read(self, person: Person, message: Message) -> None:
        """A person has read a message, an own one always; the platform tells the robot if it does so."""
        if person.id == message.sender:
            return
        if person.id not in self.town.audience(message):
            raise Refused(f"{person.name} does not see this message")
        self.town.mark_read(message, person.id)

    async def recall(self, person: Person, message: Message) -> None:
        """A person takes a message back: an own one, or as owner or administrator of the group.

        Raises:
            Refused: it is none of this person's business.
        """
        chat = self.town.chats[self.name].get(message.chat or "")
        rules = chat is not None and (person.id == chat.owner or person.id in chat.admins)
        if message.recalled or not (message.sender == person.id or rules):
            raise Refused(f"{person.name} 不能撤回这条消息")
        self.town.recall(message)

    async def join(self, name: str, departments: Sequence[str], account: str = "") -> Person:
        """Somebody new; ``departments`` are ids. Without ``account`` one is made up from the seed."""
        made_up = account or self.town.new_id("u", f"{self.name}-account", length=8)
        return company.new_person(self.town, self.name, name, made_up, list(departments))

    async def leave(self, person: Person) -> None:
        """Somebody resigns: out of departments, chats and headships."""
        person.active = False
        for department in self.town.departments[self.name].values():
            if department.leader == person.id:
                department.leader = None
        self.town.place(person, [])
        person.head = False
        for chat in self.town.chats.get(self.name, {}).values():
            chat.members.pop(person.id, None)
            chat.admins.pop(person.id, None)

    async def move(self, person: Person, departments: Sequence[str], *, head: bool | None = None) -> None:
        """To other departments (ids), leading none of those that are left any more.

        ``head`` makes the person leader of the new ones in place of whoever was, or takes that away.
        """
        self.town.place(person, departments)
        side, followed = self.town.departments[self.name].values(), [person]
        for department in side:
            if head and department.id in departments:
                followed += [self.town.people[self.name][department.leader]] if department.leader else []
                department.leader = person.id
            elif department.leader == person.id and (head is False or department.id not in departments):
                department.leader = None
        for each in followed:
            each.head = any(department.leader == each.id for department in side)

    async def rename(self, person: Person, name: str) -> None:
        person.name = name

    async def rename_company(self, name: str) -> None:
        """The company, and with it the root of its departments."""
        self.town.departments[self.name][self.town.roots[self.name]].name = name

    async def create_chat(
        self, name: str, owner: Person, members: Sequence[Person], *, bot: bool, form: Collection[str] = ()
    ) -> Chat:
        """A group made by hand, as a person would in the client; ``form``: ``external``, ``topic``."""
        if form:
            raise Refused(f"{self.name} has no such groups here: {', '.join(sorted(form))}")
        people = list(dict.fromkeys([owner.id, *(member.id for member in members)]))
        return company.new_chat(self.town, self.name, name, owner.id, people, bot=bot)

    async def change_chat(self, chat: Chat, changes: Mapping[str, Any]) -> None:
        """By hand: ``name``, ``owner``, ``speak``, ``bot`` and the lists ``add``, ``remove``, ``admins``.

        People are ids; the robot may be among ``admins``. Override to emit the platform's events.
        """
        chat.name = changes.get("name", chat.name)
        chat.owner = changes.get("owner", chat.owner)
        chat.speak = changes.get("speak", chat.speak)
        chat.bot = changes.get("bot", chat.bot)
        if "admins" in changes:
            chat.admins = dict.fromkeys(changes["admins"])
        chat.admins.pop(chat.owner, None)
        chat.members.update(dict.fromkeys(changes.get("add", ())))
        for person in changes.get("remove", ()):
            for side in (chat.members, chat.admins, chat.speakers):
                side.pop(person, None)
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})

    async def quit_chat(self, chat: Chat, person: Person) -> None:
        """A member leaves by themself."""
        await self.change_chat(chat, {"remove": [person.id]})

    async def dissolve_chat(self, chat: Chat) -> None:
        """The owner dissolves the group; its messages stay in the record."""
        chat.active = False
        chat.members.clear()
        chat.bot = False
        self.town.publish("chat", {"platform": self.name, "chat": chat.id, "name": chat.name})
