"""The vendor's own stream client takes the town for DingTalk."""

from dingtalk_town import living_corp, settled, vendor_client


async def test_the_vendors_client_hears_answers_and_acknowledges():
    answer = {
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
        "cardData": {"cardParamMap": {"state": "已确认 1 人"}},
        "userPrivateData": {"cardParamMap": {"hint": "已记下"}},
    }
    async with living_corp() as corp, vendor_client(corp, card=answer, reply="收到") as vendor:
        await settled(lambda: corp.ding.line.connections)
        worker = corp.person("sunli")

        await corp.say("sunli", "bot", "帮我发通知")
        heard = await vendor.told()
        assert (heard["kind"], heard["text"], heard["staff"]) == ("robot", "帮我发通知", worker)
        await settled(lambda: corp.town.frames_open == 0)
        assert corp.texts(person=worker) == ["收到"]

        chat = corp.chat("设备部")
        await corp.say("sunli", chat.id, "@驿站 通知 @何强 开会", ["bot", corp.person("heqiang")])
        heard = await vendor.told()
        assert heard["text"] == " 通知  开会"
        assert heard["data"]["conversationId"] == chat.id
        assert [user.get("staffId") for user in heard["data"]["atUsers"]] == [None, corp.person("heqiang")]
        await settled(lambda: corp.texts(chat=chat.id) == ["收到"])

        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", corp.card("c-1", chat=chat.id))
        [card] = [m for m in chat.messages if m.kind == "card"]
        seen = await corp.ding.press(corp.ding.person("sunli"), card, "ack-1", {"note": "好"})
        pressed = await vendor.told()
        assert (pressed["kind"], pressed["user"], pressed["track"]) == ("card", worker, "c-1")
        assert pressed["content"]["cardPrivateData"]["params"] == {"note": "好", "id": "ack-1"}
        assert (seen["card"]["state"], seen["card"]["hint"]) == ("已确认 1 人", "已记下")
        assert "toast" not in seen

        await corp.ding.change_chat(chat, {"name": "设备部（新）"})
        told = await vendor.told()
        assert (told["kind"], told["type"], told["data"]["title"]) == (
            "event",
            "chat_update_title",
            "设备部（新）",
        )
        await settled(lambda: corp.town.frames_open == 0)
        await corp.talk.post("/_sandbox/clock", {"advance": "5m"})
        assert corp.town.requests_open == 0


async def test_a_message_the_client_never_acknowledged_comes_once_more_after_a_minute():
    async with living_corp() as corp, vendor_client(corp, fail=True) as vendor:
        corp.set(ack_awaited_s=0.2)
        await settled(lambda: corp.ding.line.connections)
        message = await corp.say("sunli", "bot", "在吗")
        first = await vendor.told()
        await corp.talk.post("/_sandbox/clock", {"advance": "59s"})
        assert first["data"]["msgId"] == message
        await corp.talk.post("/_sandbox/clock", {"advance": "10m"})
        told = [await vendor.told() for _ in range(2)]
        [second] = [each for each in told if each["kind"] == "robot"]
        assert second["data"]["msgId"] == message
        assert second["frame"] != first["frame"]


async def test_a_wrong_secret_is_a_401_and_the_client_says_so():
    async with living_corp() as corp, vendor_client(corp, client_secret="wrong") as vendor:
        told = await vendor.told()
        assert told["kind"] == "error"
        assert "401" in told["text"]
        assert "authFailed" in told["text"]
        assert not corp.ding.line.connections
