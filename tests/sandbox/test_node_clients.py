"""The vendors' clients for Node live in the town as those for Python do."""

import asyncio

import pytest
from core_town import PATIENCE_S, living_town
from node_town import modules, running

pytestmark = [pytest.mark.xdist_group("node"), pytest.mark.slow]


@pytest.fixture(scope="module")
def clients():
    return modules()


def feishu(talk):
    app = talk.town.platforms["feishu"]
    return {"TOWN": talk.town.url, "APP_ID": app.app_id, "APP_SECRET": app.app_secret}


def dingtalk(talk):
    app = talk.town.platforms["dingtalk"]
    keys = {"CLIENT_ID": app.client_id, "CLIENT_SECRET": app.client_secret, "TEMPLATE": app.card_template}
    return {"TOWN": talk.town.url, **keys}


async def outcomes(talk, platform, count):
    """Of the frames, when so many have been answered."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frames = await talk.get("/_sandbox/frames", platform=platform)
            done = [f for f in frames if f["outcome"] != "waiting"]
            if len(done) >= count:
                return [(f["topic"], f["outcome"]) for f in frames]


async def test_on_feishu_a_message_is_heard_answered_by_a_card_and_the_press_is_answered(clients):
    async with living_town(start=None) as talk, running("feishu.cjs", clients, **feishu(talk)) as child:
        await child.hear("ready")
        who = {"platform": "feishu", "person": "lixiang"}
        await talk.post("/_sandbox/say", {**who, "to": "bot", "text": "你好"})
        assert (await child.hear("message"))["text"] == "你好"
        sent = await child.hear("sent")
        texts = [m["text"] for m in await talk.get("/_sandbox/messages", **who)]
        assert "在" in texts
        seen = await talk.post("/_sandbox/press", {**who, "message_id": sent["id"], "action": "收到"})
        assert (await child.hear("pressed"))["value"] == {"a": "ok"}
        assert seen["toast"] == {"type": "success", "content": "记下了"}
        every = await outcomes(talk, "feishu", 2)
        assert ("im.message.receive_v1", "acked") in every
        assert ("card.action.trigger", "acked") in every


async def test_on_feishu_a_wrong_secret_opens_neither_door(clients):
    async with living_town(start=None) as talk:
        told = feishu(talk) | {"APP_SECRET": "0" * 32, "CALL": talk.town.person_named("feishu", "李想").id}
        async with running("feishu.cjs", clients, **told) as child:
            await child.hear("refused")
        async with running("feishu.cjs", clients, **told) as child:
            assert (await child.hear("called"))["code"] != 0
        assert not talk.town.platforms["feishu"].connections
        assert talk.town.log.get("feishu", []) == []


async def test_on_dingtalk_a_message_is_heard_answered_by_a_card_and_the_press_is_answered(clients):
    async with living_town(start=None) as talk, running("dingtalk.cjs", clients, **dingtalk(talk)) as child:
        await child.hear("started")
        async with asyncio.timeout(PATIENCE_S):
            while not talk.town.platforms["dingtalk"].connections:
                await talk.get("/_sandbox/clock")
        who = {"platform": "dingtalk", "person": "sunli"}
        await talk.post("/_sandbox/say", {**who, "to": "bot", "text": "你好"})
        assert (await child.hear("message"))["text"] == "你好"
        sent = await child.hear("sent")
        assert (sent["webhook"]["errcode"], sent["card"]) == (0, True)
        *_, card = await talk.get("/_sandbox/messages", **who)
        await talk.post("/_sandbox/press", {**who, "message_id": card["id"], "action": "ok"})
        await child.hear("pressed")
        every = await outcomes(talk, "dingtalk", 2)
        assert ("/v1.0/im/bot/messages/get", "acked") in every
        assert ("/v1.0/card/instances/callback", "acked") in every
        *_, after = await talk.get("/_sandbox/messages", **who)
        assert "记下了" in str(after["card"])


async def test_on_dingtalk_a_wrong_secret_is_refused(clients):
    async with living_town(start=None) as talk:
        told = dingtalk(talk) | {"CLIENT_SECRET": "0" * 64}
        async with running("dingtalk.cjs", clients, **told) as child:
            said = await child.hear("refused")
            assert said["status"] == 401, said
