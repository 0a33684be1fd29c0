"""转发接口 (forward calls): the robot, or a person by their token, passes messages on: one by one, or as a bundle.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/merge_forward (read 2026-11); the codes
of the single one are taken to be the same where its own page is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from sandbox.feishu import forwarding, identities, shown
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.content import Content
from sandbox.feishu.errors import ApiError
from sandbox.feishu.messages import BASE, LONGEST_UUID, RECEIVE_ID_TYPES
from sandbox.feishu.sent_by_people import FORWARDED, MOST_FORWARDED
from sandbox.model import Chat, Message, Person

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

SCOPES = (("im:message", "im:message:send_as_bot"),)
NO_TOPIC, UNSUPPORTED, ALL_INVALID, ALL_RECALLED = 230019, 230054, 230064, 230065
SECRET, SEVERAL_TOPICS, SEVERAL_CHATS, RESTRICTED = 230066, 230067, 230069, 230070


class ForwardCalls:
    """What is passed on is a message of its own."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        model = "SDK api/im/v1/model/"
        return [
            Endpoint(
                method="POST", path=BASE + "/merge_forward", run=self.bundle,
                source=f"{model}merge_forward_message_request.py", scopes=SCOPES, caller="either",
                user_scopes=identities.AS_USER,
            ),
            Endpoint(
                method="POST", path=BASE + "/{message_id}/forward", run=self.one,
                source=f"{model}forward_message_request.py", scopes=SCOPES, caller="either", user_scopes=identities.AS_USER,
            ),
        ]  # fmt: skip

    def one(self, call: Call) -> dict[str, Any]:
        who, uuid = identities.of(call), call.query("uuid", "", longest=LONGEST_UUID)
        earlier, (target, place) = self._app.messages.earlier(uuid), self._target(call, who)
        if earlier is not None:
            return shown.message(self._app, earlier)
        message = self._app.messages.visible(call.path("message_id"), who)
        self._may_leave(message)
        what = Content(
            kind=message.kind, stored=message.extra["content"], text=message.text, card=deepcopy(message.card),
            mentions=[],
        )  # fmt: skip
        made = self._app.messages.post(target, what, {**place, "forwarded_from": message.id}, who=who)
        return self._app.messages.made(call, made, uuid)

    def bundle(self, call: Call) -> dict[str, Any]:
        """Ids of what cannot be passed on come back; it fails when nothing is left."""
        who, uuid = identities.of(call), call.query("uuid", "", longest=LONGEST_UUID)
        wanted = call.texts("message_id_list", required=True, most=MOST_FORWARDED)
        earlier, (target, place) = self._app.messages.earlier(uuid), self._target(call, who)
        if earlier is not None:
            return {"message": shown.message(self._app, earlier), "invalid_message_id_list": []}
        good, invalid = self._sort(wanted, who)
        self._of_one_place(good)
        what = Content(kind="merge_forward", stored=FORWARDED, text="[聊天记录]")
        extra = {**place, "forwarded": [each.id for each in good]}
        made = self._app.messages.post(target, what, extra, who=who)
        message = self._app.messages.made(call, made, uuid)
        return {"message": message, "invalid_message_id_list": invalid}

    def _target(self, call: Call, who: str) -> tuple[Chat | Person, dict[str, Any]]:
        """Where to, and the topic it stands in there."""
        id_type = call.query_option("receive_id_type", (*RECEIVE_ID_TYPES, "thread_id"))
        receive_id = call.text("receive_id")
        if id_type != "thread_id":
            return self._app.messages.target(id_type, receive_id, who), {}
        topic = [m for m in self._town.messages_in("feishu") if m.extra.get("thread_id") == receive_id]
        if not topic or topic[0].recalled:
            raise ApiError(NO_TOPIC)
        root = topic[0]
        place = {"root_id": root.id, "parent_id": root.id, "thread_id": receive_id}
        if root.chat is not None:
            return self._town.chats["feishu"][root.chat], place
        return self._town.people["feishu"][root.person or ""], place

    def _may_leave(self, message: Message) -> None:
        """Raises what the platform says of a message that stays where it is."""
        if message.recalled:
            raise ApiError(ALL_RECALLED)
        if message.kind in forwarding.NEVER or not forwarding.is_open(message):
            raise ApiError(UNSUPPORTED)
        if self._app.named(message.chat, "feishu.secret_chats"):
            raise ApiError(SECRET)
        if forwarding.is_closed(self._app, message):
            raise ApiError(RESTRICTED)
        self._app.messages.lasting(message)

    def _sort(self, wanted: Sequence[str], who: str) -> tuple[list[Message], list[str]]:
        good, invalid, codes = [], [], set()
        for each in wanted:
            try:
                message = self._app.messages.visible(each, who)
                self._may_leave(message)
            except ApiError as error:
                invalid.append(each)
                codes.add(error.code)
            else:
                good.append(message)
        if not good:
            told = next(iter(codes)) if len(codes) == 1 else ALL_INVALID
            raise ApiError(told if told in (ALL_RECALLED, SECRET, RESTRICTED) else ALL_INVALID)
        return good, invalid

    @staticmethod
    def _of_one_place(messages: Sequence[Message]) -> None:
        if len({(each.chat, each.person) for each in messages}) > 1:
            raise ApiError(SEVERAL_CHATS)
        if len({each.extra.get("thread_id", "") for each in messages}) > 1:
            raise ApiError(SEVERAL_TOPICS)
