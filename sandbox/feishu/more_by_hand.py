"""人对消息和群做的事 (more by hand): pins, what is on top, urgent calls, and groups whose owner has left.

The rights are the group's settings, as for the calls of the same things; no event tells of the first three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.feishu import forwarding, roles
from sandbox.feishu.errors import ApiError
from sandbox.model import BOT, Chat, Message, Person
from sandbox.platform import Refused

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

ONLY_LEADS = "仅群主和群管理员可以"


class MoreByHand:
    """Acts of people through the control door."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def _check(self, person: Person, chat: Chat, setting: str, what: str) -> None:
        """A member, and the group lets them: all members, or owner and administrators only."""
        if not chat.active or person.id not in chat.members:
            raise Refused(f"{person.name} 不在群里")
        leads = person.id == chat.owner or person.id in chat.admins
        if roles.setting(chat, setting) != "all_members" and not leads:
            raise Refused(ONLY_LEADS + what)

    def _seen(self, person: Person, message: Message) -> Chat | None:
        if message.recalled or person.id not in (*self._town.audience(message), message.sender):
            raise Refused(f"{person.name} does not see this message")
        return self._town.chats["feishu"].get(message.chat or "")

    def pin(self, person: Person, message: Message, *, remove: bool) -> None:
        chat = self._seen(person, message)
        if chat is not None:
            self._check(person, chat, "pin_manage_setting", " Pin 消息")
        if remove:
            self._app.interactions.take_pin(message)
        else:
            self._app.interactions.put_pin(message, person.id)

    def forward(self, person: Person, message: Message, to: str) -> str:
        return forwarding.forward(self._app, person, message, to)

    def put_on_top(self, person: Person, chat: Chat, message: Message | None) -> None:
        self._check(person, chat, "edit_permission", "置顶")
        if message is None:
            chat.extra.pop("top_notice", None)
        elif message.chat != chat.id or message.recalled:
            raise Refused("这条消息不在这个群里")
        else:
            chat.extra["top_notice"] = [{"action_type": "1", "message_id": message.id}]
        self._town.publish("chat", {"platform": "feishu", "chat": chat.id, "name": chat.name})

    def urge(self, person: Person, message: Message, people: Sequence[Person], kind: str) -> None:
        """Of an own message."""
        chat = self._seen(person, message)
        if message.sender != person.id:
            raise Refused("只能加急自己发的消息")
        if chat is not None:
            self._check(person, chat, "urgent_setting", "加急")
        others = set(self._town.audience(message))
        if any(each.id not in others for each in people):
            raise Refused("只能加急会话里的人")
        try:
            self._app.interactions.call_out(message, people, f"urgent_{kind}")
        except ApiError as error:
            raise Refused(f"加急失败（{error.code}）") from error

    def hand_over(self, person: Person, owned: Sequence[Chat]) -> None:
        """Groups of somebody who resigned go to their first administrator, else to the oldest member: a guess."""
        for chat in owned:
            heirs = [each for each in (*chat.admins, *chat.members) if each != BOT]
            if not heirs:
                continue
            before = {"owner_id": self._app.events.user(person.id)}
            chat.owner = heirs[0]
            chat.admins.pop(chat.owner, None)
            after = {"owner_id": self._app.events.user(chat.owner)}
            self._app.events.chat_updated(chat, chat.owner, before, after)
