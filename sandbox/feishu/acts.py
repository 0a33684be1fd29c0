"""人做的事 (acts): what people and administrators do by hand, where Feishu has rules or events of its own for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.feishu import card_press, guests
from sandbox.model import Chat, Department, Message, Person
from sandbox.platform import Platform, Refused
from sandbox.replies import Reply

if TYPE_CHECKING:
    from sandbox.feishu.approval_flow import ApprovalFlow
    from sandbox.feishu.contact_events import ContactEvents
    from sandbox.feishu.department_chats import DepartmentChats
    from sandbox.feishu.events import Events
    from sandbox.feishu.interactions import Interactions
    from sandbox.feishu.more_by_hand import MoreByHand
    from sandbox.feishu.people import ByHand

EMOJI = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class Acts(Platform):
    """The control door's words; the parts that carry them out are the platform's."""

    approval_flow: ApprovalFlow
    by_hand: ByHand
    by_hand_more: MoreByHand
    contact_events: ContactEvents
    department_chats: DepartmentChats
    events: Events
    interactions: Interactions
    presses: card_press.Presses

    def reads_person(self, person: Person) -> bool:
        """Whether the app may read of that person."""
        raise NotImplementedError

    async def say(
        self, person: Person, to: str, text: str, mentions: Sequence[str] = (), *, reply: Reply | None = None
    ) -> str:
        return await self.by_hand.say(person, to, text, mentions, reply)

    async def send(
        self, person: Person, to: str, kind: str, content: Mapping[str, Any], mentions: Sequence[str] = (),
        *, reply: Reply | None = None,
    ) -> str:  # fmt: skip
        return await self.by_hand.send(person, to, kind, content, mentions, reply)

    async def say_as_bot(self, bot: str, to: str, text: str, mentions: Sequence[str] = ()) -> str:
        return await self.by_hand.say_as_bot(bot, to, text, mentions)

    async def heard(self, message: Message) -> None:
        self.by_hand.heard(message)

    async def press(
        self, person: Person, message: Message, action: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return await self.presses.press(person, message, action, values or {})

    def buttons(self, message: Message) -> list[tuple[str, str]]:
        return [(each.action, each.label) for each in card_press.controls(message.card)]

    async def read(self, person: Person, message: Message) -> None:
        if message.extra.get("only_for", person.id) != person.id:
            raise Refused(f"{person.name} does not see this message")
        first = person.id not in message.read_by
        await super().read(person, message)
        if first:
            self.by_hand.was_read(person, message)

    async def recall(self, person: Person, message: Message) -> None:
        await super().recall(person, message)
        self.by_hand.took_back(person, message)

    async def react(self, person: Person, message: Message, emoji: str, *, remove: bool = False) -> None:
        if message.recalled or person.id not in (*self.town.audience(message), message.sender):
            raise Refused(f"{person.name} does not see this message")
        if not EMOJI.fullmatch(emoji):
            raise ValueError("emoji: the platform's word for it is needed, such as DONE or THUMBSUP")
        if remove:
            self.interactions.take_off(person, message, emoji)
        else:
            self.interactions.add(message, person.id, emoji)

    async def pin(self, person: Person, message: Message, *, remove: bool = False) -> None:
        self.by_hand_more.pin(person, message, remove=remove)

    async def forward(self, person: Person, message: Message, to: str) -> str:
        return self.by_hand_more.forward(person, message, to)

    async def put_on_top(self, person: Person, chat: Chat, message: Message | None) -> None:
        self.by_hand_more.put_on_top(person, chat, message)

    async def urge(self, person: Person, message: Message, people: Sequence[Person], kind: str) -> None:
        self.by_hand_more.urge(person, message, people, kind)

    def approvals(self) -> list[dict[str, Any]]:
        return self.approval_flow.waiting()

    async def approve(self, person: Person, instance: str, verdict: str, remark: str) -> dict[str, Any]:
        return self.approval_flow.by_hand(person, instance, verdict, remark)

    async def invite_guest(self, name: str, of: str, account: str = "") -> Person:
        return guests.invite(self.town, name, of, account)

    async def choose_menu(self, person: Person, key: str) -> None:
        self.by_hand.chose_menu(person, key)

    async def join(self, name: str, departments: Sequence[str], account: str = "") -> Person:
        person = await super().join(name, departments, account)
        self.contact_events.person_created(person)
        self.department_chats.follow()
        return person

    async def leave(self, person: Person) -> None:
        was_known, departments = self.reads_person(person), list(person.departments)
        owned = [
            each for each in self.town.chats["feishu"].values() if each.owner == person.id and each.active
        ]
        await super().leave(person)
        self.by_hand_more.hand_over(person, owned)
        if was_known:
            self.contact_events.person_deleted(person, departments)
        self.department_chats.follow()

    async def move(self, person: Person, departments: Sequence[str], *, head: bool | None = None) -> None:
        with self.by_hand.watch(person, list(dict.fromkeys([*person.departments, *departments]))):
            await super().move(person, departments, head=head)
        self.department_chats.follow()

    async def rename(self, person: Person, name: str) -> None:
        with self.by_hand.watch(person, ()):
            await super().rename(person, name)

    async def create_chat(
        self, name: str, owner: Person, members: Sequence[Person], *, bot: bool, form: Collection[str] = ()
    ) -> Chat:
        """``form``: an external group, a 话题群, or both."""
        if "external" not in form and any(guests.is_guest(each) for each in (owner, *members)):
            raise Refused("外部联系人只能加入外部群")
        chat = await super().create_chat(name, owner, members, bot=bot)
        if "external" in form:
            chat.extra["external"] = True
        if "topic" in form:
            chat.extra["chat_mode"] = "topic"
        if bot:
            self.events.bot("added", chat, owner.id)
        return chat

    async def change_chat(self, chat: Chat, changes: Mapping[str, Any]) -> None:
        people = self.town.people["feishu"]
        guests.check(chat, [people[each] for each in changes.get("add", ())])
        with self.by_hand.watch_chat(chat):
            await super().change_chat(chat, changes)

    async def dissolve_chat(self, chat: Chat) -> None:
        if chat.bot:
            self.events.disbanded(chat, chat.owner)
        await Platform.dissolve_chat(self, chat)

    async def withdraw(self, chat: Chat, people: Sequence[Person]) -> None:
        self.by_hand.withdrew(chat, people)

    async def create_department(self, name: str, parent: str) -> Department:
        made = await super().create_department(name, parent)
        self.contact_events.department_created(made)
        return made

    async def rename_department(self, department: Department, name: str) -> None:
        with self.by_hand.watch_department(department):
            await super().rename_department(department, name)

    async def drop_department(self, department: Department) -> None:
        with self.by_hand.watch_end(department):
            await super().drop_department(department)

    async def open_department_chat(self, department: Department) -> Chat:
        return self.department_chats.open(department)
