"""The vendor's long connection in a process of its own, one client at a time, told by lines of JSON what to do.

``{"start": domain, "app_id", "secret"}`` connects anew, ``{"stop": 1}`` lets go,
``{"answer": …}`` sets what a press is answered with, ``{"fail": n}`` makes the next n handlers raise.
"""

import asyncio
import json
import sys
import threading
import warnings

warnings.simplefilter("ignore")
import lark_oapi as lark  # noqa: E402
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse  # noqa: E402
from lark_oapi.ws import client as vendor  # noqa: E402

TYPES = [
    "im.message.message_read_v1",
    "im.message.recalled_v1",
    "im.chat.member.user.added_v1",
    "im.chat.member.user.deleted_v1",
    "im.chat.member.user.withdrawn_v1",
    "im.chat.member.bot.added_v1",
    "im.chat.member.bot.deleted_v1",
    "im.chat.disbanded_v1",
    "im.chat.updated_v1",
    "im.chat.access_event.bot_p2p_chat_entered_v1",
    "application.bot.menu_v6",
    "contact.user.created_v3",
    "contact.user.updated_v3",
    "contact.user.deleted_v3",
    "contact.department.created_v3",
    "contact.department.updated_v3",
    "contact.department.deleted_v3",
    "contact.scope.updated_v3",
    "im.message.reaction.created_v1",
    "im.message.reaction.deleted_v1",
]
STATE = {"answer": {}, "fail": 0, "loop": None}


def tell(kind, **what):
    print(json.dumps({"kind": kind, **what}, ensure_ascii=False), flush=True)


def heard(kind):
    def handler(event):
        if STATE["fail"] > 0:
            STATE["fail"] -= 1
            tell("raised")
            raise RuntimeError("ordered")
        tell(kind, body=json.loads(lark.JSON.marshal(event)))

    return handler


def pressed(event):
    heard("press")(event)
    return P2CardActionTriggerResponse(STATE["answer"])


def handlers():
    builder = lark.EventDispatcherHandler.builder("", "")
    builder.register_p2_im_message_receive_v1(heard("message"))
    builder.register_p2_card_action_trigger(pressed)
    for each in TYPES:
        builder.register_p2_customized_event(each, heard(each))
    return builder.build()


def live(told):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    STATE["loop"] = vendor.loop = loop
    client = lark.ws.Client(
        told["app_id"],
        told["secret"],
        event_handler=handlers(),
        domain=told["start"],
        log_level=lark.LogLevel.CRITICAL,
    )
    connect = client._connect

    async def connected():
        await connect()
        tell("connected", connection=client._conn_id)

    client._connect = connected
    try:
        client.start()
    except BaseException as error:
        tell("ended", error=type(error).__name__, text=str(error))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.close()


def main():
    tell("ready")
    thread = None
    for line in sys.stdin:
        told = json.loads(line)
        if ("start" in told or "stop" in told) and thread is not None:
            if STATE["loop"] is not None and thread.is_alive():
                STATE["loop"].call_soon_threadsafe(STATE["loop"].stop)
            thread.join(10)
            thread = None
        if "stop" in told:
            tell("stopped")
        if "start" in told:
            thread = threading.Thread(target=live, args=(told,), daemon=True)
            thread.start()
        STATE.update({key: told[key] for key in ("answer", "fail") if key in told})


if __name__ == "__main__":
    main()
