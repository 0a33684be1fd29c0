"""群助手消息 (the template's robot speaks in its scene groups), with real mentions.

D/group-template-robot-message (read 2026-11); ``scencegroup`` is their spelling.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk import group_options
from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import OldError
from sandbox.dingtalk.params import Params, as_object
from sandbox.dingtalk.part import Part
from sandbox.model import ALL, BOT, Chat

MOST_MENTIONS = 50
TEMPLATES = {
    "inner_app_template_text": ("content",),
    "inner_app_template_markdown": ("title", "markdown_content"),
    "inner_app_template_photo": ("photo_url",),
    "inner_app_template_action_card": ("title", "markdown"),
}


class Assistant(Part):
    """One call."""

    def apis(self) -> list[Api]:
        return [Api("POST", "/topapi/im/chat/scencegroup/message/send_v2", self.send, "qyapi_chat_manage")]

    async def send(self, call: Call) -> dict[str, Any]:
        body = call.body
        chat = self._chat(body.text("target_open_conversation_id"))
        if body.text("robot_code") != self._platform.template_robot_code:
            raise OldError(660012, "机器人不存在")
        kind, text = self._message(body)
        mentions, text = self._mentions(body, chat, text)
        receivers = body.texts("receiver_user_ids", [])
        if any(each not in chat.members for each in receivers):
            raise OldError(660016, "接收人不在群内")
        if self._platform.is_muted(chat):
            raise OldError(660026, "群已禁言")
        key = self._platform.posts.new_key()
        message = self._platform.posts.to_chat(
            chat, key, text, kind=kind, mentions=mentions, extra={"recipients": receivers, "via": "assistant"}
        )
        call.made(message.id)
        return {"success": True, "open_msg_id": key}

    def _chat(self, number: str) -> Chat:
        chat = self._town.chats["dingtalk"].get(number)
        if chat is None or not chat.active:
            raise OldError(660001, "群不存在")
        if chat.kind != "scene":
            raise OldError(660002, "不是场景群")
        return chat

    @staticmethod
    def _message(body: Params) -> tuple[str, str]:
        template = body.text("msg_template_id")
        if template not in TEMPLATES:
            raise OldError(660014, "消息模板不存在")
        given = as_object(body.text("msg_param_map"))
        if not isinstance(given, dict) or not all(
            isinstance(given.get(name), str) for name in TEMPLATES[template]
        ):
            raise OldError(660015, "消息参数错误")
        return template.removeprefix("inner_app_template_"), str(given[TEMPLATES[template][-1]])

    def _mentions(self, body: Params, chat: Chat, text: str) -> tuple[list[str], str]:
        """Mentioned people are added in front; there is no need to write them into the text."""
        wanted = body.texts("at_users", [])
        mobiles = body.texts("at_mobiles", [])
        if len(wanted) > MOST_MENTIONS or len(mobiles) > MOST_MENTIONS:
            raise OldError(660022, "at人数超过上限")
        people = self._town.people["dingtalk"]
        by_mobile = {people[each].mobile: each for each in chat.members if each in people}
        wanted = [*wanted, *(by_mobile[each] for each in mobiles if each in by_mobile)]
        mentions = [each for each in dict.fromkeys(wanted) if each in chat.members and each != BOT]
        if body.flag("is_at_all", default=False):
            if group_options.only_owner_may_at_all(chat) and self._platform.at_all_is_refused(chat):
                raise OldError(660027, "仅群主可at所有人")
            mentions.append(ALL)
        return mentions, text
