"""Cards of the old kind (普通版卡片): a whole card as JSON, kept up by ``cardBizId``, without buttons that call back.

历史文档 of the pages about robots' interactive cards, and SDK dingtalk_stream/chatbot.py, which still sends them.
"""

from __future__ import annotations

from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.params import Params, as_object
from sandbox.dingtalk.part import Part
from sandbox.dingtalk.robot import SCOPE
from sandbox.model import ALL, Message

TEMPLATE = "StandardCard"


class OldCards(Part):
    """Sent, and changed as a whole."""

    def clear(self) -> None:
        self._all: dict[str, Message] = {}

    def apis(self) -> list[Api]:
        return [
            Api("POST", "/v1.0/im/v1.0/robot/interactiveCards/send", self.send, SCOPE),
            Api("PUT", "/v1.0/im/robots/interactiveCards", self.update, SCOPE),
        ]

    async def send(self, call: Call) -> dict[str, Any]:
        """Into a group, or to the person in ``singleChatReceiver``; the same ``cardBizId`` again sends nothing."""
        body = call.body
        self._platform.robot.check_robot(body)
        if body.text("cardTemplateId") != TEMPLATE:
            raise NewError("param.cardTemplateNotExist", "卡片模板不存在")
        number, card = body.text("cardBizId", longest=64), self._card(body)
        options = body.object("sendOptions", {})
        if number not in self._all:
            key = self._platform.posts.new_key("carrier")
            more: dict[str, Any] = {"kind": "card", "card": card}
            if body.has("openConversationId"):
                chat = self._platform.robot.robots_group(call)
                self._platform.robot.check_mute(chat)
                at = [each for each in self._listed(options, "atUserListJson") if each in chat.members]
                if options.flag("atAll", default=False):
                    if self._platform.at_all_is_refused(chat):
                        raise NewError("only.groupAdmin.canAtAll", "仅群主可以@所有人")
                    at.append(ALL)
                extra = {"recipients": self._listed(options, "receiverListJson")}
                posted = self._platform.posts.to_chat(
                    chat, key, self._text(card), mentions=at, extra=extra, **more
                )
            else:
                person = self._receiver(body)
                posted = self._platform.posts.to_person(person, key, self._text(card), **more)
            self._all[number] = posted
            call.made(posted.id)
        return {"processQueryKey": self._all[number].extra["key"]}

    async def update(self, call: Call) -> dict[str, Any]:
        message = self._all.get(call.body.text("cardBizId"))
        if message is None:
            raise NewError("param.cardNotExist", "卡片不存在")
        message.card = self._card(call.body)
        message.text = self._text(message.card)
        self._town.changed(message)
        return {"processQueryKey": message.extra["key"]}

    def _receiver(self, body: Params) -> str:
        if not body.has("singleChatReceiver"):
            raise NewError("miss.openConversationId", "缺少openConversationId或singleChatReceiver")
        receiver = as_object(body.text("singleChatReceiver"))
        user_id = receiver.get("userId") if isinstance(receiver, dict) else None
        found = self._town.people["dingtalk"].get(user_id) if isinstance(user_id, str) else None
        if found is None or not found.active:
            raise NewError("param.userIdNotExist", "userId不存在")
        return found.id

    @staticmethod
    def _listed(options: Params, key: str) -> list[str]:
        """A list inside a JSON string: ids, or objects with a ``userId``."""
        listed = as_object(options.text(key, "[]"))
        if not isinstance(listed, list):
            raise options.wrong(key, "must be a JSON list")
        ids = [each.get("userId") if isinstance(each, dict) else each for each in listed]
        return [each for each in ids if isinstance(each, str)]

    @staticmethod
    def _card(body: Params) -> dict[str, Any]:
        """Title and texts of a standard card, in the variables the chat page knows."""
        data = as_object(body.text("cardData"))
        if not isinstance(data, dict):
            raise body.wrong("cardData", "must be a JSON object")
        header, contents = data.get("header"), data.get("contents")
        title = header.get("title") if isinstance(header, dict) else None
        title = title.get("text") if isinstance(title, dict) else title
        texts = (
            [each.get("text") for each in contents if isinstance(each, dict)]
            if isinstance(contents, list)
            else []
        )
        shown = {
            "title": title if isinstance(title, str) else "",
            "body": "\n".join(each for each in texts if isinstance(each, str)),
        }
        return {"cardTemplateId": TEMPLATE, "cardParamMap": shown, "standardCard": data}

    @staticmethod
    def _text(card: dict[str, Any]) -> str:
        shown = card["cardParamMap"]
        return "\n".join(part for part in (shown["title"], shown["body"]) if part)
