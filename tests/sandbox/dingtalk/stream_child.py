"""The vendor's stream client, told by its argument where the town is; a line of JSON for each thing it gets."""

import asyncio
import json
import logging
import os
import sys

TOLD = json.loads(sys.argv[1])
os.environ["DINGTALK_OPENAPI_ENDPOINT"] = TOLD["api"]

import dingtalk_stream  # noqa: E402
from dingtalk_stream import AckMessage  # noqa: E402


def tell(kind, **what):
    print(json.dumps({"kind": kind, **what}, ensure_ascii=False), flush=True)


class Log(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.ERROR:
            tell("error", text=record.getMessage())


class Robot(dingtalk_stream.ChatbotHandler):
    async def process(self, callback):
        message = dingtalk_stream.ChatbotMessage.from_dict(callback.data)
        tell(
            "robot",
            data=callback.data,
            staff=message.sender_staff_id,
            text=message.text.content if message.text else None,
            type=message.message_type,
            said=message.get_text_list(),
            images=message.get_image_list(),
            frame=callback.headers.message_id,
        )
        if TOLD.get("reply"):
            self.reply_text(TOLD["reply"], message)
        if TOLD.get("old_card"):
            first, second = TOLD["old_card"]
            number = self.reply_card(first, message, at_sender=True)
            self.update_card(number, second)
        if TOLD.get("fail"):
            raise RuntimeError("no ack")
        return AckMessage.STATUS_OK, "OK"


class Card(dingtalk_stream.CallbackHandler):
    async def process(self, callback):
        pressed = dingtalk_stream.CardCallbackMessage.from_dict(callback.data)
        tell("card", user=pressed.user_id, content=pressed.content, track=pressed.card_instance_id)
        return AckMessage.STATUS_OK, TOLD["card"]


class Event(dingtalk_stream.EventHandler):
    async def process(self, event):
        tell("event", type=event.headers.event_type, id=event.headers.event_id, data=event.data)
        return AckMessage.STATUS_OK, "OK"


logger = logging.getLogger("vendor")
logger.addHandler(Log())
logger.propagate = False
client = dingtalk_stream.DingTalkStreamClient(
    dingtalk_stream.Credential(TOLD["client_id"], TOLD["client_secret"]), logger
)
client.register_all_event_handler(Event())
client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Robot())
client.register_callback_handler(dingtalk_stream.CallbackHandler.TOPIC_CARD_CALLBACK, Card())
asyncio.run(client.start())
