"""The robot's ears (机器人收消息): which messages it hears, and how they come to the app, by stream or by HTTP.

D/receive-message, D/robot-message-type (read 2026-11).
"""

from __future__ import annotations

import logging
from typing import Any

from sandbox.dingtalk import errors, frames, http_calls, ids, incoming, quota
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.frames import Delivery
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.model import ALL, BOT, Message

log = logging.getLogger(__name__)

QUOTA_ERROR = {"errCode": 20001, "errMsg": "企业本月消息推送额度已用完，请联系管理员"}
ANSWER_S = 2.5
"""Real seconds an answer by HTTP is awaited. D/appendix-b-proposals-for-rational-use-of-resources."""


class Hearing(Part):
    """From a message in a chat to a push."""

    def hears(self, message: Message) -> bool:
        """All in the single chat; in a group only what mentions it by name, not @所有人, and no files."""
        if message.chat is None:
            return self._platform.robot.is_on
        if message.kind in incoming.SINGLE_ONLY:
            return False
        return self._town.chats["dingtalk"][message.chat].bot and BOT in message.mentions

    def hear(self, message: Message) -> None:
        """Push it to the app, once more later if nobody acknowledges it; by HTTP once only."""
        if self._town.setting("dingtalk.robot_webhook_url"):
            self._platform.http_calls.begin(self._by_http(message, self.payload(message)))
            return
        again_s = float(self._town.setting("dingtalk.robot_redelivery_s"))
        delivery = Delivery(
            "CALLBACK", frames.ROBOT, {"appId": self._platform.unified_app_id}, self.payload(message),
            [again_s] * int(self._town.setting("dingtalk.robot_redeliveries")) if again_s > 0 else [],
        )  # fmt: skip
        if self._platform.line.is_open(delivery) or self._town.setting("dingtalk.robot_waits_for_line"):
            self._platform.line.push(delivery)

    def payload(self, message: Message) -> dict[str, Any]:
        person = self._town.people["dingtalk"][message.sender]
        of, chat = self._platform.ids, self._town.chats["dingtalk"].get(message.chat or "")
        created = self._town.clock.now_ms()
        webhook, until = self._platform.webhooks.open_session(message, created)
        said: dict[str, Any] = {
            "senderPlatform": "Mac", "conversationId": chat.id if chat else of.direct(person.id),
            "conversationType": "2" if chat else "1", "chatbotCorpId": self._platform.corp_id,
            "chatbotUserId": of.robot, "robotCode": self._platform.robot_code, "msgId": message.id,
            "createAt": created, "senderId": of.opaque_id(person.id), "senderNick": person.name,
            "senderUnionId": of.union_id(person.id), "senderCorpId": self._platform.corp_id,
            "sessionWebhook": webhook, "sessionWebhookExpiredTime": until, "msgtype": message.kind,
        }  # fmt: skip
        if self._town.setting("dingtalk.published"):
            said |= {"senderStaffId": person.id, "isAdmin": self._platform.contacts.is_admin(person)}
        if chat:
            said |= {
                "conversationTitle": chat.name, "openThreadId": chat.id, "isInAtList": True,
                "atUsers": self._at_users(message),
            }  # fmt: skip
        if self._platform.quota.take(quota.PUSHES):
            said |= self._said(message)
        else:
            said |= QUOTA_ERROR
        return said

    def _at_users(self, message: Message) -> list[dict[str, str]]:
        of = self._platform.ids
        users = []
        for each in message.mentions:
            if each == BOT:
                users.append({"dingtalkId": of.robot})
            elif each != ALL:
                user = {"dingtalkId": of.opaque_id(each), "unionId": of.union_id(each)}
                users.append({**user, "staffId": each} if self._town.setting("dingtalk.published") else user)
        return users

    def _said(self, message: Message) -> dict[str, Any]:
        """``text``, with a leading space in a group, or ``content`` of everything else.

        That visible @names are cut out of 富文本 as well is a guess.
        """
        if message.kind == "text":
            text = self._without_names(message, message.text)
            is_group = message.chat is not None and not text.startswith(" ")
            return {"text": {"content": " " + text if is_group else text}}
        content = dict(message.extra["content"])
        if message.kind == "richText":
            content["richText"] = [
                {**part, "text": self._without_names(message, part["text"])} if "text" in part else part
                for part in content["richText"]
            ]
        return {"content": content}

    def _without_names(self, message: Message, text: str) -> str:
        """In a group, without the visible @names, those of other people too."""
        if message.chat is None:
            return text
        people = self._town.people["dingtalk"]
        names = {
            ids.ROBOT_NAME if each == BOT else people[each].name for each in message.mentions if each != ALL
        }
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(f"@{name}", "")
        return text

    # -- HTTP 模式 of the robot

    async def _by_http(self, message: Message, payload: dict[str, Any]) -> None:
        """Signed with the app's secret; the answer may be empty, or say something as a sessionWebhook would."""
        stamp, secret = str(self._town.clock.now_ms()), self._platform.client_secret
        headers = {"timestamp": stamp, "sign": http_calls.sign(secret, f"{stamp}\n{secret}")}
        said = await self._platform.http_calls.post(
            str(self._town.setting("dingtalk.robot_webhook_url")), payload, headers, frames.ROBOT, ANSWER_S
        )
        if not said:
            return
        try:
            self._platform.webhooks.post(Params(said, errors.OLD), message.chat, message.person, via="answer")
        except OldError as error:
            log.info("the answer to a message was refused", extra={"reason": error.errmsg})
