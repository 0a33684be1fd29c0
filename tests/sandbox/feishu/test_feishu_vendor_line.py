"""The vendor's own long connection takes the town for Feishu."""

from feishu_town import button, card, office, settled

from sandbox.clock import parse_duration


async def test_an_event_arrives_and_its_acknowledgement_comes_back(vendor_line):
    async with office() as o:
        await vendor_line.connect(o.feishu)
        said = await o.say("lixiang", "bot", "请假一天")
        told = await vendor_line.next("message")
        message = told["body"]["event"]["message"]
        assert (message["message_id"], message["content"]) == (said["message_id"], '{"text":"请假一天"}')
        assert told["body"]["event"]["sender"]["sender_id"]["open_id"] == o.person("lixiang").id
        await settled(o)
        assert not o.feishu.deliveries.waiting


async def test_a_message_in_a_group_names_who_is_mentioned(vendor_line):
    async with office() as o:
        await vendor_line.connect(o.feishu)
        await o.say("lixiang", "研发部", "@驿站 @陈立 请看", "bot", "chenli")
        message = (await vendor_line.next("message"))["body"]["event"]["message"]
        assert message["content"] == '{"text":"@_user_1 @_user_2 请看"}'
        assert [(each["key"], each["name"]) for each in message["mentions"]] == [
            ("@_user_1", "驿站"),
            ("@_user_2", "陈立"),
        ]
        assert message["mentions"][0]["id"]["open_id"] == o.feishu.ids.bot
        await settled(o)


async def test_a_split_event_is_joined_and_acknowledged(vendor_line):
    async with office() as o:
        await o.set(split_bytes=200, split_backwards=True)
        await vendor_line.connect(o.feishu)
        await o.say("lixiang", "bot", "长" * 300)
        told = await vendor_line.next("message")
        assert "长" * 300 in told["body"]["event"]["message"]["content"]
        await settled(o)
        assert not o.feishu.deliveries.waiting


async def test_a_press_is_answered_with_a_toast_and_a_new_card(vendor_line):
    async with office() as o:
        done = card({"tag": "markdown", "content": "已确认"})
        answer = {"toast": {"type": "success", "content": "好"}, "card": {"type": "raw", "data": done}}
        vendor_line.tell(answer=answer)
        await vendor_line.connect(o.feishu)
        sent = await o.sent(
            o.person("lixiang").id, card(button("确认", {"act": "ok", "id": 7})), "interactive"
        )
        seen = await o.press("lixiang", sent["message_id"], "确认")
        assert seen == {"toast": {"type": "success", "content": "好"}, "card": done}
        told = (await vendor_line.next("press"))["body"]["event"]
        assert told["action"]["value"] == {"act": "ok", "id": 7}
        assert told["context"]["open_message_id"] == sent["message_id"]
        assert told["operator"]["open_id"] == o.person("lixiang").id
        assert o.town.messages[sent["message_id"]].card == done


async def test_an_event_whose_handler_fails_comes_again_fifteen_seconds_later(vendor_line):
    async with office() as o:
        vendor_line.tell(fail=1)
        await o.set(events={"im.chat.access_event.bot_p2p_chat_entered_v1": False})
        await vendor_line.connect(o.feishu)
        await o.say("lixiang", "bot", "一")
        await vendor_line.next("raised")
        await settled(o)
        await o.town.clock.advance(parse_duration("14s"))
        assert vendor_line.told.empty()
        await o.town.clock.advance(parse_duration("1s"))
        assert (await vendor_line.next("message"))["body"]["event"]["message"]["content"] == '{"text":"一"}'
        await settled(o)


async def test_acts_of_people_arrive_as_events(vendor_line):
    async with office() as o:
        await vendor_line.connect(o.feishu)
        li, group = o.person("lixiang"), o.chat("研发部")
        sent = await o.sent(li.id, {"text": "请看"})
        await o.talk.post(
            "/_sandbox/read", {"platform": "feishu", "person": li.id, "message_id": sent["message_id"]}
        )
        read = await vendor_line.next("im.message.message_read_v1")
        assert read["body"]["event"]["message_id_list"] == [sent["message_id"]]
        change = {
            "platform": "feishu",
            "chat": group.id,
            "rename": "研发中心",
            "add": ["hexiao"],
            "remove": ["lixiang"],
        }
        await o.talk.post("/_sandbox/chats", change)
        added = await vendor_line.next("im.chat.member.user.added_v1")
        assert [each["name"] for each in added["body"]["event"]["users"]] == ["何晓"]
        gone = await vendor_line.next("im.chat.member.user.deleted_v1")
        assert [each["name"] for each in gone["body"]["event"]["users"]] == ["李想"]
        updated = await vendor_line.next("im.chat.updated_v1")
        assert updated["body"]["event"]["after_change"] == {"name": "研发中心"}
        await o.talk.post(
            "/_sandbox/people", {"platform": "feishu", "join": "钱多多", "departments": ["财务部"]}
        )
        assert (await vendor_line.next("contact.user.created_v3"))["body"]["event"]["object"][
            "name"
        ] == "钱多多"
        await settled(o)


async def test_a_wrong_secret_ends_the_client_for_good(vendor_line):
    async with office() as o:
        ended = await vendor_line.connect(o.feishu, secret="wrong")
        assert (ended["error"], "1000040345" in ended["text"]) == ("ClientException", True)


async def test_too_many_connections_end_the_client_for_good(vendor_line):
    async with office() as o:
        await o.set(max_connections=0)
        vendor_line.tell(start=o.town.url, app_id=o.feishu.app_id, secret=o.feishu.app_secret)
        assert (await vendor_line.next("ended"))["error"] == "ClientException"


async def test_the_client_comes_back_after_a_broken_line(vendor_line):
    async with office() as o:
        await o.set(client_config={"ReconnectNonce": 0, "ReconnectInterval": 1})
        first = await vendor_line.connect(o.feishu)
        await o.fault("disconnect")
        second = await vendor_line.next("connected")
        assert first["connection"] != second["connection"]
        await o.say("lixiang", "bot", "还在吗")
        assert await vendor_line.next("message")
        await settled(o)
