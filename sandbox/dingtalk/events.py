"""Events (事件): what happens in the company, told to the app if it is ticked in the console.

Each from its own page under D/ (read 2026-11); which groups ``chat_*`` fire for is not said there and a setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.dingtalk import frames, quota
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.frames import Delivery
from sandbox.dingtalk.part import Part
from sandbox.model import Chat, Message, Person

FREE = frozenset(
    {
        "user_add_org", "user_modify_org", "user_leave_org", "user_active_org", "org_dept_create",
        "org_dept_modify", "org_dept_remove", "org_change", "label_user_change", "label_conf_add",
        "label_conf_del", "label_conf_modify", "org_admin_add", "org_admin_remove",
    }
)  # fmt: skip
"""Not counted. D/appendix-a-list-of-events-not-included-in-webhook (read 2026-11)."""
UNTICKED = frozenset({"robot_msg_read"})
"""Off unless ``dingtalk.events`` says otherwise; all others are on."""
FAILED_PAGE = 200


class Events(Part):
    """Pushes of events over the stream, or to ``dingtalk.event_url``, and the list of those that failed."""

    def apis(self) -> list[Api]:
        return [
            Api("GET", "/call_back/get_call_back_failed_result", self.failed_result, pot=quota.CALLS),
            Api("POST", "/call_back/get_call_back_failed_result", self.failed_result, pot=quota.CALLS),
        ]

    def clear(self) -> None:
        self.failed: list[dict[str, Any]] = []

    async def failed_result(self, _: Call) -> dict[str, Any]:
        """Each call forgets what the one before returned. D/obtain-the-event-list-of-failed-push-messages."""
        page, self.failed = self.failed[:FAILED_PAGE], self.failed[FAILED_PAGE:]
        return {"has_more": bool(self.failed), "failed_list": page}

    def emit(self, kind: str, data: dict[str, Any]) -> None:
        """Tell the app; past the month's quota an event is lost for good."""
        if not self._town.setting("dingtalk.events").get(kind, kind not in UNTICKED):
            return
        if kind not in FREE and not self._platform.quota.take(quota.PUSHES):
            return
        born, event_id = self._town.clock.now_ms(), self._town.new_id("", "event")
        if self._town.setting("dingtalk.event_url"):
            self._platform.http_push.send(kind, event_id, born, data)
            return
        headers = {
            "eventType": kind, "eventId": event_id, "eventCorpId": self._platform.corp_id,
            "eventBornTime": str(born), "eventUnifiedAppId": self._platform.unified_app_id,
        }  # fmt: skip
        waits = [float(each) for each in self._town.setting("dingtalk.event_retries_s")]
        delivery = Delivery(
            "EVENT", frames.EVENT, headers, data, waits, on_failed=lambda: self.note_failed(kind, born, data)
        )
        if self._platform.line.is_open(delivery) or self._town.setting("dingtalk.events_wait_for_line"):
            self._platform.line.push(delivery)

    def note_failed(self, kind: str, born: int, data: dict[str, Any]) -> None:
        shown = {key.lower() if key == "userId" else key: value for key, value in data.items()}
        entry = {kind: {**shown, "corpid": self._platform.corp_id}, "call_back_tag": kind, "event_time": born}
        self.failed.append(entry)

    # -- people

    def people(self, kind: str, people: Sequence[Person], **more: Any) -> None:
        """``user_*``; ``timeStamp`` is a string in these."""
        stamp = str(self._town.clock.now_ms())
        self.emit(kind, {"timeStamp": stamp, "userId": [person.id for person in people], **more})

    # -- groups

    def chat(self, kind: str, chat: Chat, operator: str, **more: Any) -> None:
        """``chat_*``; ``timeStamp`` is a number in these."""
        if not self._tells_of(chat):
            return
        ids = self._platform.ids
        data = {
            "timeStamp": self._town.clock.now_ms(), "chatId": ids.chat_id(chat), "corpId": self._platform.corp_id,
            "openConversationId": chat.id, "operator": operator, "operatorUnionId": ids.union_id(operator), **more,
        }  # fmt: skip
        if kind == "chat_update_owner":
            del data["chatId"], data["operator"]
        self.emit(kind, data)

    def members(self, kind: str, chat: Chat, operator: str, people: Sequence[str]) -> None:
        if people:
            union_ids = [self._platform.ids.union_id(person) for person in people]
            self.chat(kind, chat, operator, userId=list(people), unionId=union_ids)

    def cool_app(self, kind: str, chat: Chat, code: str) -> None:
        """``im_cool_app_*``, between two people ``single_conversation_cool_app_*``; told to the app whose 酷应用 it is."""
        data: dict[str, Any] = {
            "coolAppCode": code, "robotCode": self._platform.robot_code, "openConversationId": chat.id,
            "openConversationCorpId": self._platform.corp_id, "operator": chat.owner,
            "operateTime": self._town.clock.now_ms(),
        }  # fmt: skip
        if kind.startswith("single"):
            data["singleChatOtherUserId"] = next(each for each in chat.members if each != chat.owner)
        self.emit(kind, data)

    # -- roles

    def role(self, kind: str, number: int) -> None:
        """``label_conf_*``; what ``scope`` may be is not said, ``"0"`` is a guess."""
        self.emit(kind, {"scope": "0", "labelIdList": [number]})

    def role_of(self, person: Person, action: str, numbers: Sequence[int]) -> None:
        """``label_user_change``: ``add`` or ``remove``."""
        data = {"userIdList": [person.id], "action": action, "labelIdList": list(numbers)}
        self.emit("label_user_change", data)

    def _tells_of(self, chat: Chat) -> bool:
        if chat.kind == "single":
            return False
        which = self._town.setting("dingtalk.chat_events_for")
        made_by_app = chat.kind in ("bot", "scene")
        return bool(which == "all" or made_by_app or (which == "robot" and chat.bot))

    # -- messages of the robot

    def message(self, kind: str, message: Message, person: str) -> None:
        """``robot_msg_read`` and ``robot_msg_recall``; ``operatTime`` is their spelling."""
        if message.card is not None and not self._town.setting("dingtalk.read_event_for_cards"):
            return
        if message.chat is not None and not self._town.setting("dingtalk.read_event_for_groups"):
            return
        ids = self._platform.ids
        self.emit(
            kind,
            {
                "processQueryKey": message.extra.get("key", message.id),
                "openConversationId": message.chat or ids.direct(message.person or ""),
                "robotCode": self._platform.robot_code,
                "userId": person,
                "unionId": ids.union_id(person),
                "operatTime": str(self._town.clock.now_ms()),
            },
        )
