"""人做的事 (by hand): what people do in the client, and what the robot hears of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from sandbox.feishu import contact_fields, content, guests, other_bots, scopes, threads
from sandbox.feishu.chats import moderation
from sandbox.feishu.errors import ApiError
from sandbox.feishu.sent_by_people import SentByPeople
from sandbox.model import ALL, BOT, Chat, Department, Message, Person
from sandbox.platform import Absent, Refused
from sandbox.replies import Reply

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform


class ByHand:
    """Acts of people through the control door."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town
        self._sent = SentByPeople(app)

    # -- talk

    async def say(
        self, person: Person, to: str, text: str, mentions: Sequence[str], reply: Reply | None = None
    ) -> str:
        """As a person types; raises ``Refused`` where the client has no input box for them."""
        known, where = self._where(person, to, mentions)
        entries = self._mentions(known)
        return self._put(
            person, "text", content.text_of_person(text, entries), text, known, entries, where, {}, reply
        )

    async def send(
        self, person: Person, to: str, kind: str, given: Mapping[str, Any], mentions: Sequence[str],
        reply: Reply | None = None,
    ) -> str:  # fmt: skip
        """A picture, a file and the like."""
        known, where = self._where(person, to, mentions)
        stored, text, extra = self._sent.make(person, kind, given)
        return self._put(person, kind, stored, text, known, self._mentions(known), where, extra, reply)

    def pass_on(self, person: Person, to: str, message: Message) -> str:
        """The same again in another chat; who was mentioned there is not called again."""
        _, where = self._where(person, to, ())
        entries: list[dict[str, str]] = message.extra.get("mentions", [])
        number = self._app.new_message_id()
        place = self._place(number, where, None)
        extra = {"content": message.extra["content"], "mentions": entries, "forwarded_from": message.id}
        copy = self._town.post(
            "feishu", id=number, sender=person.id, text=message.text, kind=message.kind,
            card=deepcopy(message.card), extra={**extra, **place}, **where,
        )  # fmt: skip
        self.heard(copy)
        return copy.id

    def _where(self, person: Person, to: str, mentions: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
        """Who is mentioned, and where the message will stand. Raises ``Refused``."""
        app = self._app
        known = [each if each in (BOT, ALL) else app.person(each).id for each in mentions]
        if to == BOT:
            self._may_write_to_bot(person)
            self._meet(person)
            return known, {"person": person.id}
        chat = app.chat(to)
        app.may_say(person, chat)
        leads = person.id == chat.owner or person.id in chat.admins
        if ALL in known and not leads and chat.extra.get("at_all_permission") == "only_owner":
            raise Refused("仅群主和群管理员可以 @所有人")
        return known, {"chat": chat.id}

    def _put(
        self, person: Person, kind: str, stored: str, text: str, known: list[str], entries: list[dict[str, str]],
        where: dict[str, Any], extra: dict[str, Any], reply: Reply | None,
    ) -> str:  # fmt: skip
        mentions = [each for each in entries if each["who"] != ALL or self._names_all()]
        number = self._app.new_message_id()
        place = self._place(number, where, reply)
        message = self._town.post(
            "feishu", id=number, sender=person.id, text=text, kind=kind, mentions=known,
            extra={"content": stored, "mentions": mentions, **place, **extra}, **where,
        )  # fmt: skip
        self.heard(message)
        return message.id

    def _place(self, number: str, where: dict[str, Any], reply: Reply | None) -> dict[str, Any]:
        """Where it stands among other messages: what it answers, the topic it is in."""
        app = self._app
        if reply is None:
            target = app.chat(where["chat"]) if "chat" in where else app.person(where["person"])
            return threads.beginning(app, target, number)
        app.check_reply(reply, where)
        try:
            return threads.answer(app, reply.to, in_thread=reply.in_thread)
        except ApiError as error:
            raise Refused(f"不能以话题回复（{error.code}）") from error

    async def say_as_bot(self, bot: str, to: str, text: str, mentions: Sequence[str]) -> str:
        """Another robot of ``feishu.other_bots``; a group it is not in takes it in first."""
        app = self._app
        app_id, chat = other_bots.found(app, bot), app.chat(to)
        if app_id is None:
            raise Absent(f"no robot {bot!r} in feishu.other_bots")
        known = [each if each in (BOT, ALL) else app.person(each).id for each in mentions]
        try:
            other_bots.put_in(chat, [app_id])
        except ApiError as error:
            raise Refused(f"{chat.name}: {error.code}") from error
        if not chat.may_speak(app_id):
            raise Refused("群主已设置仅群主和管理员可发言")
        entries = self._mentions(known)
        extra = {"content": content.text_of_person(text, entries), "mentions": entries}
        message = self._town.post(
            "feishu",
            id=app.new_message_id(),
            sender=app_id,
            text=text,
            mentions=known,
            extra=extra,
            chat=chat.id,
        )
        wanted = other_bots.HEARS_ALL + (other_bots.HEARS_AT if BOT in known else ())
        if chat.bot and any(app.has_scope(each) for each in wanted):
            app.events.received(message)
        return message.id

    def _names_all(self) -> bool:
        return bool(self._town.setting("feishu.at_all_in_mentions"))

    def _may_write_to_bot(self, person: Person) -> None:
        if not person.active:
            raise Refused(f"{person.name} 已离职")
        if guests.is_guest(person):
            raise Refused(f"{person.name} 是外部联系人，不能和机器人单聊")
        if not self._app.is_available(person):
            raise Refused(f"{person.name} 不在应用的可用范围内")
        if not any(self._app.has_scope(each) for each in scopes.P2P_EVENTS):
            raise Refused("应用没有接收单聊消息的权限，会话里没有输入框")

    def _meet(self, person: Person) -> None:
        """Opening the direct talk for the first time tells the robot so."""
        if not self._app.meet(person.id):
            return
        earlier = self._town.messages_in("feishu", person=person.id)
        self._app.events.met(person, earlier[-1] if earlier else None)
        self._app.events.first_contact(person)

    def _mentions(self, known: Sequence[str]) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = []
        for each in dict.fromkeys(known):
            if each == ALL:
                entries.append({"key": "@_all", "who": ALL, "name": "所有人"})
                continue
            number = sum(e["who"] != ALL for e in entries) + 1
            entries.append({"key": f"@_user_{number}", "who": each, "name": self._app.ids.sender_name(each)})
        return entries

    def heard(self, message: Message) -> None:
        """Carry it to the robot if the scopes let the robot hear it."""
        app = self._app
        if message.chat is None:
            wanted: tuple[str, ...] = scopes.P2P_EVENTS
        elif not self._town.chats["feishu"][message.chat].bot:
            return
        else:
            wanted = scopes.GROUP_HISTORY + (scopes.AT_EVENTS if BOT in message.mentions else ())
        if any(app.has_scope(each) for each in wanted):
            app.events.received(message)

    def was_read(self, person: Person, message: Message) -> None:
        """The robot is told of its own messages in direct talks only."""
        self._app.state.urgent.get(person.id, set()).discard(message.id)
        if message.chat is not None or message.sender != BOT:
            return
        if message.extra.get("batch") and not self._town.setting("feishu.read_events_for_batches"):
            return
        if message.kind == "interactive" and not self._town.setting("feishu.read_events_for_cards"):
            return
        self._app.events.read(person, message)

    def took_back(self, person: Person, message: Message) -> None:
        """The robot is told that, not by whom, in the chats it is in."""
        kind = "message_owner"
        if message.chat is not None:
            chat = self._town.chats["feishu"][message.chat]
            if not chat.bot:
                return
            if message.sender != person.id:
                kind = "group_owner" if person.id == chat.owner else "group_manager"
        self._app.events.recalled(message, kind)

    def chose_menu(self, person: Person, key: str) -> None:
        """An entry of kind "event" in the menu of the direct talk."""
        if not person.active or not self._app.is_available(person):
            raise Refused(f"{person.name} 不在应用的可用范围内")
        if self._town.setting("feishu.bot_off"):
            raise Refused("应用没有开启机器人能力")
        self._app.events.menu(person, key)

    # -- contacts and chats

    @contextlib.contextmanager
    def watch_department(self, department: Department) -> Iterator[None]:
        """Tell what the block changed of it."""
        before = contact_fields.department_in_event(self._app, department)
        yield
        self._app.contact_events.department_updated(department, before)

    @contextlib.contextmanager
    def watch_end(self, department: Department) -> Iterator[None]:
        """The block ends the department."""
        was_known = self._app.reads_department(department.id)
        gone = contact_fields.department_in_event(self._app, department)
        yield
        if was_known:
            self._app.contact_events.department_deleted(department, gone)

    def withdrew(self, chat: Chat, people: Sequence[Person]) -> None:
        """Who was invited is not any more; the owner is taken as the one who did it."""
        gone = [each.id for each in people]
        if not gone or any(each not in chat.members or each == chat.owner for each in gone):
            raise ValueError("withdraw: members of the group are needed, the owner not among them")
        for each in gone:
            for side in (chat.members, chat.admins, chat.speakers):
                side.pop(each, None)
        self._town.publish("chat", {"platform": "feishu", "chat": chat.id, "name": chat.name})
        self._app.events.members("withdrawn", chat, chat.owner, gone)

    @contextlib.contextmanager
    def watch(self, person: Person, departments: Sequence[str]) -> Iterator[None]:
        """Tell what the block changed of the person and of these departments."""
        app, side = self._app, self._town.departments["feishu"]
        before = contact_fields.user(app, person, event=True)
        heads = [(side[each], contact_fields.department_in_event(app, side[each])) for each in departments]
        yield
        app.contact_events.person_updated(person, before)
        for department, earlier in heads:
            app.contact_events.department_updated(department, earlier)

    @contextlib.contextmanager
    def watch_chat(self, chat: Chat) -> Iterator[None]:
        """Tell what the block changed of a group; the owner is taken as the one who did it."""
        app, had_bot = self._app, chat.bot
        members, speakers = dict(chat.members), dict(chat.speakers)
        before = self._settings(chat)
        yield
        operator = chat.owner
        if had_bot and not chat.bot:
            chat.admins.pop(BOT, None)
            app.events.bot("deleted", chat, operator)
        if chat.bot and not had_bot:
            app.events.bot("added", chat, operator)
        app.events.members("added", chat, operator, [each for each in chat.members if each not in members])
        app.events.members("deleted", chat, operator, [each for each in members if each not in chat.members])
        new = [each for each in chat.speakers if each not in speakers]
        old = [each for each in speakers if each not in chat.speakers]
        after = self._settings(chat)
        changed = [key for key in after if after[key] != before[key]]
        app.events.chat_updated(
            chat,
            operator,
            {key: before[key] for key in changed},
            {key: after[key] for key in changed},
            (new, old),
        )

    def _settings(self, chat: Chat) -> dict[str, Any]:
        return {
            "name": chat.name, "owner_id": self._app.events.user(chat.owner),
            "moderation_permission": moderation(chat),
        }  # fmt: skip
