"""DING: reminders by the app, by text message and by phone; the last two need a bought package.

D/robot-sends-nail-message, D/robot-withdraws-pin-message (read 2026-11). Two official pages disagree about which
editions may: a setting.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.model import BOT, Message

SCOPE = "Premium.Ding.Write"
APP, SMS, PHONE = 1, 2, 3
MOST = {APP: 200, SMS: 20, PHONE: 20}
PER_MINUTE = 6_000
NO_BENEFIT = "Forbidden.AccessDenied.OrgHasNoBenefit"


class Dings(Part):
    """By the robot, to people."""

    def clear(self) -> None:
        self._all: dict[str, dict[str, Message]] = {}
        self._used = 0
        self._recent: deque[tuple[datetime, int]] = deque()

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/v1.0/robot/ding/send", self.send, SCOPE),
            Api("POST", "/v1.0/robot/ding/recall", self.recall, SCOPE),
            Api("POST", "/v1.0/robot/ding/readStatuses/query", self.read_statuses, SCOPE, documented=False),
        ]

    async def send(self, call: Call) -> dict[str, Any]:
        """Who is no member of the company stands in ``failedList`` by reason."""
        self._platform.robot.check_robot(call.body)
        standard = self._town.setting("dingtalk.edition") == "standard"
        if standard and self._town.setting("dingtalk.ding_needs_professional"):
            raise NewError(NO_BENEFIT, "企业没有该接口的权益", status=403)
        kind = call.body.number("remindType", least=APP, most=PHONE)
        people, content = call.body.texts("receiverUserIdList"), call.body.text("content")
        if not people:
            raise call.host.missing("receiverUserIdList")
        if len(people) > MOST[kind]:
            raise NewError("ding.receivercount.limit", "接收人数超过限制")
        self._slow_down(len(people))
        self._pay(kind, len(people))
        number, messages, failed = self._town.new_id("", "ding", length=18), {}, []
        for each in people:
            person = self._town.people["dingtalk"].get(each)
            if person is None or not person.active:
                failed.append(each)
                continue
            extra = {"via": "ding", "remindType": kind}
            messages[each] = self._town.post(
                "dingtalk", id=self._platform.new_message_id(), sender=BOT, text=content, person=each, kind="ding",
                extra=extra,
            )  # fmt: skip
            call.made(messages[each].id)
        self._all[number] = messages
        return {"openDingId": number, **({"failedList": {"user.notExist": failed}} if failed else {})}

    def _slow_down(self, people: int) -> None:
        """Fewer than 6 000 messages a minute for one robot."""
        now, recent = self._town.clock.now(), self._recent
        while recent and not timedelta(0) <= now - recent[0][0] < timedelta(minutes=1):
            recent.popleft()
        if sum(count for _, count in recent) + people >= PER_MINUTE:
            raise NewError("toomuch.msg", "机器人发送DING消息过于频繁")
        recent.append((now, people))

    def _pay(self, kind: int, people: int) -> None:
        most = self._town.setting("dingtalk.ding_quota")
        has_package = kind == APP or self._town.setting("dingtalk.ding_package")
        if not has_package or (most and self._used + people > most):
            raise NewError("ding.serverquota.insufficient", "DING额度不足")
        self._used += people

    def _ding(self, call: Call) -> dict[str, Message]:
        self._platform.robot.check_robot(call.body)
        number = call.body.text("openDingId")
        if number not in self._all:
            raise NewError("resource.not.found", "openDingId不存在")
        return self._all[number]

    async def recall(self, call: Call) -> dict[str, Any]:
        for message in self._ding(call).values():
            self._town.recall(message)
        return {"openDingId": call.body.text("openDingId")}

    async def read_statuses(self, call: Call) -> dict[str, Any]:
        """SDK robot_1_0 only."""
        read = [
            {"userId": person, "readStatus": "READ" if person in message.read_by else "UNREAD"}
            for person, message in self._ding(call).items()
        ]
        return {"success": True, "result": {"robotDingReadInfoList": read}}
