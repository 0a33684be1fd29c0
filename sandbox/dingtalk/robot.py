"""The robot (机器人): what it says in single chats and groups by the API.

D/robot-message-type, D/chatbots-send-one-on-one-chat-messages-in-batches,
D/the-robot-sends-a-group-message (read 2026-11).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.posts import read_template
from sandbox.model import BOT, Chat

SCOPE = "qyapi_robot_sendmsg"
BATCH = 20
KEYS = 20
TALK = "single"
"""The kind of a chat between two people; calls for groups do not know it."""
READERS_PAGE = 200


class Robot(Part):
    """Speaks to people and groups."""

    def clear(self) -> None:
        self._personal: dict[str, list[datetime]] = {}
        self._by_group: dict[str, list[datetime]] = {}
        self.is_on = True
        """Single chats with the robot, by ``statuses/manage``."""

    def apis(self) -> list[Api]:
        base = "/v1.0/robot"
        return [
            Api("POST", f"{base}/oToMessages/batchSend", self.batch_send, SCOPE),
            Api("GET", f"{base}/oToMessages/readStatus", self.read_status, SCOPE),
            Api("POST", f"{base}/otoMessages/batchRecall", self.batch_recall, SCOPE),
            Api("POST", f"{base}/groupMessages/send", self.group_send, SCOPE),
            Api("POST", f"{base}/groupMessages/query", self.group_readers, SCOPE),
            Api("POST", f"{base}/groupMessages/recall", self.group_recall, SCOPE),
            Api("POST", f"{base}/statuses/manage", self.manage_status, SCOPE, documented=False),
        ]

    # -- single chats

    def check_robot(self, body: Params) -> None:
        code = body.text("robotCode")
        if code != self._platform.robot_code:
            raise NewError("invalidParameter.robotCode.notExsit", "robotCode不存在")

    async def batch_send(self, call: Call) -> dict[str, Any]:
        """One key for all; whoever does not get it stands in one of the lists."""
        self.check_robot(call.body)
        wanted = call.body.texts("userIds")
        if not wanted:
            raise call.host.missing("userIds")
        if len(wanted) > BATCH:
            raise NewError("invalidParameter.userIds.overMax", "用户数量超过100")
        key, text, given = read_template(
            call.body, int(self._town.setting("dingtalk.single_msg_param_bytes"))
        )
        if self._town.setting("dingtalk.batch_counts_people"):
            self._platform.door.pay(len(wanted) - 1)
        self._check_words(text)
        if not self.is_on:
            raise NewError("chatbotId.notAllow.sendOTO", "机器人单聊已停用")
        answer: dict[str, Any] = {"invalidStaffIdList": [], "flowControlledStaffIdList": []}
        query_key = self._platform.posts.new_key()
        for person in wanted:
            refused = self._refused(person)
            if refused:
                answer.setdefault(refused, []).append(person)
                continue
            extra = {"msgKey": key, "title": given.get("title", "")}
            call.made(
                self._platform.posts.to_person(person, query_key, text, kind=_kind(key), extra=extra).id
            )
        return {"processQueryKey": query_key, **answer}

    def _refused(self, person: str) -> str:
        found = self._town.people["dingtalk"].get(person)
        if found is None or not found.active:
            return "invalidStaffIdList"
        if self._town.setting("dingtalk.out_of_range_is_invalid") and not self._platform.in_app_range(found):
            return "invalidStaffIdList"
        if found.account in self._town.setting("dingtalk.filtered_people"):
            return "filteredStaffIdList"
        return "flowControlledStaffIdList" if self._is_flow_controlled(person) else ""

    def _is_flow_controlled(self, person: str) -> bool:
        """A number of messages a minute to one person; the real number is not published."""
        return self._is_too_much(
            self._personal, person, self._town.setting("dingtalk.messages_per_person_minute")
        )

    def _is_too_much(self, sent: dict[str, list[datetime]], to: str, most: int) -> bool:
        """Whether a minute is full; if not, one more is noted."""
        if not most:
            return False
        now = self._town.clock.now()
        recent = [at for at in sent.get(to, []) if timedelta(0) <= now - at < timedelta(minutes=1)]
        limited = len(recent) >= most
        sent[to] = recent if limited else [*recent, now]
        return limited

    def _check_words(self, text: str) -> None:
        if any(str(word) in text for word in self._town.setting("dingtalk.forbidden_words")):
            raise NewError("contain.notAllowed.text", "消息包含不允许的文本")

    async def read_status(self, call: Call) -> dict[str, Any]:
        self.check_robot(call.query)
        messages = self._platform.posts.by_key(call.query.text("processQueryKey"))
        messages = [message for message in messages if message.chat is None]
        if not messages or self._platform.posts.is_old(messages[0]):
            raise NewError("processQueryKey.expireTime", "processQueryKey不存在或已过期")
        people = self._town.people["dingtalk"]
        return {
            "sendStatus": "RECALLED" if messages[0].recalled else "SUCCESS",
            "messageReadInfoList": [
                {
                    "name": people[m.person].name, "userId": m.person,
                    "readStatus": "READ" if m.person in m.read_by else "UNREAD",
                }
                for m in messages if m.person in people
            ],
        }  # fmt: skip

    async def batch_recall(self, call: Call) -> dict[str, Any]:
        self.check_robot(call.body)
        return self._platform.posts.recall(call.body.texts("processQueryKeys", most=KEYS), chat=None)

    async def manage_status(self, call: Call) -> dict[str, Any]:
        """SDK robot_1_0 only; the values are a guess."""
        self.check_robot(call.body)
        status = call.body.text("status")
        if status not in ("start", "stop"):
            raise call.body.wrong("status", "must be start or stop")
        self.is_on = status == "start"
        return {"result": True}

    # -- groups

    def group(self, call: Call, key: str = "openConversationId") -> Chat:
        """Raises for a group that is not there or not ours."""
        if not call.body.has(key):
            raise NewError("miss.openConversationId", f"缺少{key}")
        chat = self._town.chats["dingtalk"].get(call.body.text(key))
        if chat is None or chat.kind == TALK:
            raise NewError("invalid.openConversationId", "无效的openConversationId")
        if not chat.active:
            raise NewError("group.disbanded", "群已解散")
        return chat

    def robots_group(self, call: Call) -> Chat:
        """As ``group``, with the robot in it."""
        chat = self.group(call)
        if not chat.bot:
            raise NewError("resource.not.found", "机器人不在群内")
        return chat

    def check_mute(self, chat: Chat) -> None:
        """Whether 全员禁言 stops the robot is not known: a setting."""
        if self._town.setting("dingtalk.muted_group_stops_robot") and not chat.may_speak(BOT):
            raise NewError("bot.forbidden.sendMessage", "机器人被禁言")

    async def group_send(self, call: Call) -> dict[str, Any]:
        """Knows no mention: an @ in the text is plain text."""
        self.check_robot(call.body)
        chat = self.robots_group(call)
        if call.body.has("coolAppCode") and call.body.text("coolAppCode") != chat.extra.get("cool_app"):
            raise NewError("resource.not.found", "该群未安装酷应用")
        key, text, given = read_template(call.body)
        self.check_mute(chat)
        self._check_words(text)
        if self._is_too_much(
            self._by_group, chat.id, self._town.setting("dingtalk.group_messages_per_minute")
        ):
            raise NewError("send.too.fast", "发送过快")
        query_key = self._platform.posts.new_key()
        extra = {"msgKey": key, "title": given.get("title", "")}
        call.made(self._platform.posts.to_chat(chat, query_key, text, kind=_kind(key), extra=extra).id)
        return {"processQueryKey": query_key}

    async def group_readers(self, call: Call) -> dict[str, Any]:
        """Pages of at most 200. D/chatbot-queries-the-read-status-of-a-message."""
        self.check_robot(call.body)
        return self.readers(call, self.group(call))

    def readers(self, call: Call, chat: Chat) -> dict[str, Any]:
        messages = [
            m for m in self._platform.posts.by_key(call.body.text("processQueryKey")) if m.chat == chat.id
        ]
        is_late = self._town.setting("dingtalk.group_readers_within_24h")
        if not messages or (is_late and self._platform.posts.is_old(messages[0])):
            raise NewError("processQueryKey.expireTime", "processQueryKey不存在或已过期")
        most = call.body.number("maxResults", READERS_PAGE, least=1, most=READERS_PAGE)
        start = offset_of(call.body)
        readers = list(messages[0].read_by)
        page, rest = readers[start : start + most], readers[start + most :]
        answer: dict[str, Any] = {
            "sendStatus": "RECALLED" if messages[0].recalled else "SUCCESS", "readUserIds": page,
            "hasMore": bool(rest),
        }  # fmt: skip
        if self._town.setting("dingtalk.readers_as_objects"):
            of = self._platform.ids
            answer["readUsers"] = [{"userId": each, "unionId": of.union_id(each)} for each in page]
        return {**answer, "nextToken": str(start + most)} if rest else answer

    async def group_recall(self, call: Call) -> dict[str, Any]:
        self.check_robot(call.body)
        chat = self.group(call)
        return self._platform.posts.recall(call.body.texts("processQueryKeys", most=KEYS), chat=chat.id)


def offset_of(body: Params, key: str = "nextToken") -> int:
    token = body.text(key, "")
    if token and not (token.isascii() and token.isdigit() and len(token) < 12):
        raise body.wrong(key, "is unknown")
    return int(token or 0)


def _kind(msg_key: str) -> str:
    return "markdown" if msg_key == "sampleMarkdown" else "text" if msg_key == "sampleText" else "post"
