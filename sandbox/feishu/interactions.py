"""加急、置顶、表情 (interactions): urgent calls, pins and reactions on messages.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/urgent_app (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.feishu import content, limits, pages, roles
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.feishu.messages import BASE
from sandbox.model import BOT, Message, Person
from sandbox.platform import Refused

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MOST_URGENT_AT_ONCE, MOST_URGENT_UNREAD = 200, 200
URGENT = {
    "urgent_app": ("D51", ("im:message.urgent", "im:message.urgent:app_send")),
    "urgent_sms": ("D53", ("im:message.urgent:sms", "im:message.urgent:sms_send")),
    "urgent_phone": ("D52", ("im:message.urgent:phone", "im:message.urgent:phone_send")),
}
PIN = ("im:message", "im:message.pins:write_only", "im:message:send_as_bot")
REACT = ("im:message", "im:message.reactions:write_only", "im:message:send_as_bot")


class Interactions:
    """What is done to a message without changing it."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one, pins = BASE + "/{message_id}", "/open-apis/im/v1/pins"
        reactions = one + "/reactions"
        reads = ("im:message", "im:message:readonly", "im:message.reactions:read")
        urgent = [
            Endpoint(
                method="PATCH", path=f"{one}/{kind}", run=self._urgent(kind), source=source, scopes=(any_of,)
            )
            for kind, (source, any_of) in URGENT.items()
        ]
        source = "SDK api/im/v1/model/create_message_reaction_request.py"
        return [
            *urgent,
            Endpoint(method="POST", path=pins, run=self.pin, source="D54", scopes=(PIN,)),
            Endpoint(method="DELETE", path=pins + "/{message_id}", run=self.unpin, source="D54", scopes=(PIN,)),
            Endpoint(
                method="GET", path=pins, run=self.pins, source="D55",
                scopes=(("im:message", "im:message:readonly", "im:message.pins:read"),),
            ),
            Endpoint(method="POST", path=reactions, run=self.react, source=source, scopes=(REACT,)),
            Endpoint(method="GET", path=reactions, run=self.reactions, source=source, scopes=(reads,)),
            Endpoint(
                method="DELETE", path=reactions + "/{reaction_id}", run=self.unreact, source=source, scopes=(REACT,)
            ),
        ]  # fmt: skip

    # -- urgent

    def _urgent(self, kind: str) -> Any:
        def run(call: Call) -> dict[str, Any]:
            return self.urge(call, kind)

        return run

    def urge(self, call: Call, kind: str) -> dict[str, Any]:
        id_type = call.user_id_type()
        wanted = call.texts("user_id_list", required=True, most=MOST_URGENT_AT_ONCE)
        message = self._app.messages.own(call.path("message_id"))
        if message.extra.get("batch") or message.extra.get("only_for"):
            raise ApiError(230054)
        if message.kind == "merge_forward":
            raise ApiError(230098)
        self._app.messages.lasting(message)
        if message.chat is not None:
            chat = self._town.chats["feishu"][message.chat]
            if not roles.allowed(self._app, chat, "urgent_setting"):
                raise ApiError(230052)
        audience = set(self._town.audience(message))
        found = {each: self._app.ids.find(id_type, each) for each in wanted}
        good = [person for person in found.values() if person is not None and person.id in audience]
        invalid = [each for each, person in found.items() if person is None or person.id not in audience]
        if not good:
            raise content.bad("all ids of user_id_list are invalid")
        self.call_out(message, good, kind)
        return {"invalid_user_id_list": invalid}

    def call_out(self, message: Message, people: Sequence[Person], kind: str) -> None:
        """Raises 230023 if somebody has too many unread calls, 230024 if the company has paid for no more."""
        for person in people:
            if len(self._app.state.urgent.setdefault(person.id, set())) >= MOST_URGENT_UNREAD:
                raise ApiError(230023)
        self._pay(kind, len(people))
        for person in people:
            if person.id not in message.read_by:
                self._app.state.urgent[person.id].add(message.id)
        message.extra.setdefault("urgent", {}).update({person.id: kind for person in people})
        self._town.changed(message)

    def _pay(self, kind: str, count: int) -> None:
        """Texts and calls use up what the company has paid for."""
        if kind == "urgent_app":
            return
        left = int(self._town.setting("feishu.urgent_quota"))
        if count > left:
            raise ApiError(230024)
        self._town.settings.update({"feishu.urgent_quota": left - count})

    # -- pins

    def _pinnable(self, message_id: str) -> Message:
        message = self._app.messages.visible(message_id)
        if message.recalled:
            raise ApiError(230011)
        self._app.messages.lasting(message)
        if message.chat is not None:
            chat = self._town.chats["feishu"][message.chat]
            if not roles.allowed(self._app, chat, "pin_manage_setting"):
                raise ApiError(230046)
        self._app.limits.take(f"pin {message.id}", limits.PER_RECEIVER, 230047)
        return message

    def pin(self, call: Call) -> dict[str, Any]:
        return {"pin": self.put_pin(self._pinnable(call.text("message_id")), BOT)}

    def put_pin(self, message: Message, who: str) -> dict[str, Any]:
        """A message is pinned once; whoever did it first stays named."""
        chat_id = self._app.ids.chat_of(message)
        pins = self._app.state.pins.setdefault(chat_id, {})
        if message.id not in pins:
            pins[message.id] = {
                "message_id": message.id, "chat_id": chat_id,
                "operator_id": self._app.app_id if who == BOT else who,
                "operator_id_type": "app_id" if who == BOT else "open_id",
                "create_time": str(self._town.clock.now_ms()),
            }  # fmt: skip
            self._town.changed(message)
        return pins[message.id]

    def take_pin(self, message: Message) -> None:
        self._app.state.pins.get(self._app.ids.chat_of(message), {}).pop(message.id, None)
        self._town.changed(message)

    def unpin(self, call: Call) -> dict[str, Any]:
        self.take_pin(self._pinnable(call.path("message_id")))
        return {}

    def pins(self, call: Call) -> dict[str, Any]:
        chat_id = call.query("chat_id")
        start, end = call.query_number("start_time", 0), call.query_number("end_time", 2**62)
        if self._app.direct_person(chat_id) is None:
            roles.joined(self._app, chat_id, unknown=230001, outside=230002)
        pins = self._app.state.pins.get(chat_id, {}).values()
        kept = [each for each in pins if start <= int(each["create_time"]) <= end][::-1]
        page, more = pages.cut(call, kept, default=20, most=50)
        return {"items": list(page), **more}

    # -- reactions

    def react(self, call: Call) -> dict[str, Any]:
        emoji = _emoji(call.object("reaction_type"))
        message = self._app.messages.visible(call.path("message_id"))
        if message.recalled:
            raise ApiError(231003)
        return self.add(message, BOT, emoji)

    def add(self, message: Message, who: str, emoji: str) -> dict[str, Any]:
        """A reaction of a person or of the robot; the robot is told of it."""
        is_bot = who == BOT
        made: dict[str, Any] = {
            "reaction_id": self._town.new_id("ZCaCIjUBVVWSrm5L-", "reaction", length=16),
            "operator": {
                "operator_id": self._app.app_id if is_bot else who, "operator_type": "app" if is_bot else "user"
            },
            "action_time": str(self._town.clock.now_ms()), "reaction_type": {"emoji_type": emoji},
        }  # fmt: skip
        self._app.state.reactions.setdefault(message.id, {})[made["reaction_id"]] = made
        if message.chat is None or self._town.chats["feishu"][message.chat].bot:
            self._town.changed(message)
            self._app.events.reaction("created", message, emoji, who)
        return made

    def take_off(self, person: Person, message: Message, emoji: str) -> None:
        """A person's own emoji; raises ``Refused`` if there is none."""
        known = self._app.state.reactions.get(message.id, {})
        for number, made in known.items():
            if (made["operator"]["operator_id"], made["reaction_type"]["emoji_type"]) == (person.id, emoji):
                del known[number]
                self._town.changed(message)
                self._app.events.reaction("deleted", message, emoji, person.id)
                return
        raise Refused(f"{person.name} has no {emoji} on this message")

    def reactions(self, call: Call) -> dict[str, Any]:
        emoji = call.query("reaction_type", "")
        message = self._app.messages.visible(call.path("message_id"))
        every = list(self._app.state.reactions.get(message.id, {}).values())
        kept = [each for each in every if not emoji or each["reaction_type"]["emoji_type"] == emoji]
        page, more = pages.cut(call, kept, default=20, most=50)
        return {"items": list(page), **more}

    def unreact(self, call: Call) -> dict[str, Any]:
        message = self._app.messages.visible(call.path("message_id"))
        known = self._app.state.reactions.get(message.id, {})
        made = known.get(call.path("reaction_id"))
        if made is None:
            raise ApiError(231002)
        if made["operator"]["operator_type"] != "app":
            raise ApiError(231007)
        del known[made["reaction_id"]]
        self._town.changed(message)
        self._app.events.reaction("deleted", message, made["reaction_type"]["emoji_type"], BOT)
        return made


def _emoji(reaction_type: dict[str, Any]) -> str:
    emoji = reaction_type.get("emoji_type")
    if not isinstance(emoji, str) or not emoji or not emoji.isascii():
        raise wrong_field("reaction_type.emoji_type", "emoji_type is required", emoji)
    return emoji
