"""Between two people (单聊酷应用): what the robot may say in the talk of two people who installed its app there.

D/the-robot-sends-ordinary-messages-in-a-person-to-person-conversation (read 2026-11), SDK robot_1_0.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.posts import read_template
from sandbox.dingtalk.robot import KEYS, SCOPE, TALK
from sandbox.model import Chat


class Talks(Part):
    """Send, readers, recall; the code of the app is needed to send."""

    def apis(self) -> list[Api]:
        base = "/v1.0/robot/privateChatMessages"
        return [
            Api("POST", f"{base}/send", self.send, SCOPE),
            Api("POST", f"{base}/query", self.readers, SCOPE),
            Api("POST", f"{base}/batchRecall", self.recall, SCOPE),
        ]

    def _talk(self, call: Call) -> Chat:
        self._platform.robot.check_robot(call.body)
        if not call.body.has("openConversationId"):
            raise NewError("miss.openConversationId", "缺少openConversationId")
        chat = self._town.chats["dingtalk"].get(call.body.text("openConversationId"))
        if chat is None or chat.kind != TALK or not chat.active:
            raise NewError("invalid.openConversationId", "无效的openConversationId")
        return chat

    async def send(self, call: Call) -> dict[str, Any]:
        chat, code = self._talk(call), call.body.text("coolAppCode")
        if chat.extra.get("cool_app") != code:
            raise NewError("resource.not.found", "该单聊未安装酷应用")
        key, text, given = read_template(call.body)
        query_key = self._platform.posts.new_key()
        kind = "markdown" if key == "sampleMarkdown" else "text" if key == "sampleText" else "post"
        extra = {"msgKey": key, "title": given.get("title", "")}
        call.made(self._platform.posts.to_chat(chat, query_key, text, kind=kind, extra=extra).id)
        return {"processQueryKey": query_key}

    async def readers(self, call: Call) -> dict[str, Any]:
        return self._platform.robot.readers(call, self._talk(call))

    async def recall(self, call: Call) -> dict[str, Any]:
        keys = call.body.texts("processQueryKeys", most=KEYS)
        return self._platform.posts.recall(keys, chat=self._talk(call).id)
