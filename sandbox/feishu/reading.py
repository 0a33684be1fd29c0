"""读消息 (reading): one message, a chat's history, and who has read.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/get (read 2026-11)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.feishu import content, pages, roles, scopes, shown, threads
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.feishu.messages import BASE
from sandbox.model import Chat, Message

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

READ_STATUS_FOR = timedelta(days=7)
CARD_CONTENT = ("raw_card_content", "user_card_content", "")


class Reading:
    """The calls that change nothing."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one, read = BASE + "/{message_id}", scopes.READ
        history = (*scopes.READ, "im:message.history:readonly")
        return [
            Endpoint(method="GET", path=BASE, run=self.history, source="D7", scopes=(history,)),
            Endpoint(method="GET", path=one, run=self.get, source="D49", scopes=(read,)),
            Endpoint(
                method="GET", path=one + "/read_users", run=self.read_users, source="D50",
                scopes=((*read, "im:message:basic"),),
            ),
            Endpoint(
                method="POST", path=BASE + "/batch_query_read_status", run=self.read_statuses,
                source="CLI lark-im-message-read-status.md", scopes=(("im:message.read_status:readonly",),), caller="user",
            ),
        ]  # fmt: skip

    def get(self, call: Call) -> dict[str, Any]:
        original = call.query_option("card_msg_content_type", CARD_CONTENT, "") != ""
        message = self._app.messages.visible(call.path("message_id"))
        if message.chat is not None and not any(self._app.has_scope(each) for each in scopes.GROUP_HISTORY):
            raise ApiError(230027)
        forwarded = [self._town.messages[each] for each in message.extra.get("forwarded", ())]
        below = [shown.message(self._app, each, original=original) for each in forwarded]
        items = [shown.message(self._app, message, original=original)]
        return {"items": [*items, *({**each, "upper_message_id": message.id} for each in below)]}

    def history(self, call: Call) -> dict[str, Any]:
        kind = call.query_option("container_id_type", ("chat", "thread"))
        container = call.query("container_id")
        order = call.query_option("sort_type", ("ByCreateTimeAsc", "ByCreateTimeDesc"), "ByCreateTimeAsc")
        original = call.query_option("card_msg_content_type", CARD_CONTENT, "") != ""
        start, end = call.query_number("start_time", 0), call.query_number("end_time", 2**40)
        if start > end:
            raise content.bad("start_time is after end_time")
        messages = self._thread(container) if kind == "thread" else self._container(container)
        kept = [each for each in messages if start <= int(each.sent_at.timestamp()) <= end]
        if order.endswith("Desc"):
            kept.reverse()
        page, more = pages.cut(call, kept, default=20, most=50)
        return {"items": [shown.message(self._app, each, original=original) for each in page], **more}

    def _container(self, chat_id: str) -> list[Message]:
        person = self._app.direct_person(chat_id)
        if person is not None:
            direct = self._town.messages_in("feishu", person=person.id)
            return [each for each in direct if threads.stands_in_chat(each)]
        chat = self._town.chats["feishu"].get(chat_id)
        if chat is None:
            raise content.bad("invalid container_id")
        self._may_read(chat)
        return [each for each in chat.messages if threads.stands_in_chat(each)]

    def _may_read(self, chat: Chat) -> None:
        if not chat.bot or not chat.active:
            raise ApiError(230002)
        if not any(self._app.has_scope(each) for each in scopes.GROUP_HISTORY):
            raise ApiError(230027)
        if chat.extra.get("restricted"):
            raise ApiError(231203)

    def _thread(self, thread_id: str) -> list[Message]:
        found = [m for m in self._town.messages_in("feishu") if m.extra.get("thread_id") == thread_id]
        if not found:
            raise content.bad("invalid container_id")
        if found[0].chat is not None:
            self._may_read(self._town.chats["feishu"][found[0].chat])
        return found

    def read_statuses(self, call: Call) -> dict[str, Any]:
        """Whether the person whose token it is has read each; of no use to a robot."""
        wanted, me = call.texts("message_ids", most=50, required=True), call.user
        known = [self._town.messages.get(each) for each in wanted]
        statuses = []
        for number, message in zip(wanted, known, strict=True):
            sees = message is not None and me is not None and me.id in self._town.audience(message)
            read = sees and message is not None and me is not None and me.id in message.read_by
            statuses.append({
                "message_id": number, "read_status": "read" if read else "unread" if sees else "unexpected"
            })  # fmt: skip
        return {"read_statuses": statuses}

    def read_users(self, call: Call) -> dict[str, Any]:
        if not call.query("user_id_type", ""):
            raise wrong_field("user_id_type", "user_id_type is required")
        id_type = call.user_id_type()
        message = self._app.messages.own(call.path("message_id"))
        if message.chat is not None and roles.is_external(self._town.chats["feishu"][message.chat]):
            raise ApiError(230027)
        if self._town.clock.now() - message.sent_at > READ_STATUS_FOR:
            raise ApiError(230033)
        page, more = pages.cut(call, list(message.read_by.items()), default=20, most=100)
        people = self._town.people["feishu"]
        items = [
            {"user_id_type": id_type, "user_id": self._app.ids.of(people[each], id_type),
             "timestamp": str(round(at.timestamp() * 1000)), "tenant_key": self._app.ids.tenant_of(each)}
            for each, at in page
        ]  # fmt: skip
        return {"items": items, **more}
