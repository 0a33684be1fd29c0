"""People of other companies, and what people do with messages: pins, the top of a group, urgent calls."""

from feishu_town import BASE, office


async def door(o, path, status=200, **body):
    return await o.talk.post(f"/_sandbox/{path}", {"platform": "feishu", **body}, status)


async def test_somebody_of_another_company_is_met_in_external_groups_only():
    async with office() as o, o.line() as line:
        await o.set(shares_externally=True)
        guest = await door(o, "people", guest="顾客", company="乙方公司", account="guke")
        assert (guest["company"], guest["departments"]) == ("乙方公司", [])
        assert "外部群" in (await door(o, "chats", 403, chat="研发部", add=["guke"]))["error"]
        await door(o, "say", 403, person="guke", to="bot", text="你好")
        assert await o.refusal(guest["id"], {"text": "x"}) == 230038
        assert await o.code("GET", f"/open-apis/contact/v3/users/{guest['id']}") == 41050
        await door(o, "chats", create="乙方对接", owner="lixiang", members=["guke"], bot=True, external=True)
        group = o.chat("乙方对接").id
        await line.next("im.chat.member.bot.added_v1")
        await door(o, "say", person="guke", to=group, text="@驿站 你好", mentions=["bot"])
        sender = (await line.next("im.message.receive_v1"))["event"]["sender"]
        assert (sender["sender_id"]["open_id"], sender["sender_type"]) == (guest["id"], "user")
        assert sender["tenant_key"] != o.feishu.ids.tenant
        members = (await o.ok("GET", f"{BASE}/chats/{group}/members"))["items"]
        assert {each["name"]: each["tenant_key"] == o.feishu.ids.tenant for each in members} == {
            "李想": True,
            "顾客": False,
        }


async def test_calls_bring_guests_into_external_groups_only_and_never_to_the_top():
    async with office() as o:
        await o.set(shares_externally=True)
        guest = (await door(o, "people", guest="顾客", company="乙方公司"))["id"]
        inner = (await o.ok("POST", BASE + "/chats", {"name": "内部"}))["chat_id"]
        assert await o.code("POST", f"{BASE}/chats/{inner}/members", {"id_list": [guest]}) == 232028
        body = {"name": "外部", "owner_id": o.person("lixiang").id, "external": True}
        outer = (await o.ok("POST", BASE + "/chats", body))["chat_id"]
        await o.set(scopes={"*": True})
        await o.ok("POST", f"{BASE}/chats/{outer}/members", {"id_list": [guest]})
        assert await o.code("PUT", f"{BASE}/chats/{outer}", {"owner_id": guest}) == 232031


async def test_people_pin_put_on_top_and_call_out_as_the_group_allows():
    async with office() as o:
        group, worker = o.chat("研发部"), o.person("lixiang")
        owner = o.town.people["feishu"][group.owner].account
        said = (await o.say("lixiang", group.id, "请看"))["message_id"]
        await door(o, "pin", person="lixiang", message_id=said)
        [pin] = (await o.ok("GET", BASE + "/pins", chat_id=group.id))["items"]
        assert (pin["operator_id"], pin["operator_id_type"]) == (worker.id, "open_id")
        await door(o, "pin", person="lixiang", message_id=said, remove=True)
        assert (await o.ok("GET", BASE + "/pins", chat_id=group.id))["items"] == []
        await door(o, "top", person="lixiang", chat=group.id, message_id=said)
        assert group.extra["top_notice"] == [{"action_type": "1", "message_id": said}]
        await door(o, "top", person="lixiang", chat=group.id)
        await door(o, "urge", 403, person=owner, message_id=said, people=["chenli"])
        await door(o, "urge", person="lixiang", message_id=said, people=["chenli"], kind="sms")
        assert o.town.setting("feishu.urgent_quota") == 99
        group.extra |= dict.fromkeys(
            ("pin_manage_setting", "urgent_setting", "edit_permission"), "only_owner"
        )
        for path, body in (
            ("pin", {"message_id": said}),
            ("urge", {"message_id": said, "people": ["chenli"]}),
            ("top", {"chat": group.id, "message_id": said}),
        ):
            assert "群主" in (await door(o, path, 403, person="lixiang", **body))["error"]


async def test_a_group_whose_owner_resigns_goes_to_an_administrator_or_the_oldest_member():
    async with office() as o, o.line() as line:
        made = await door(
            o, "chats", create="项目", owner="zhaoxiaoman", members=["chenli", "hexiao"], bot=True
        )
        await door(o, "chats", chat=made["id"], admins=["hexiao"])
        await door(o, "people", person="zhaoxiaoman", leave=True)
        told = (await line.next("im.chat.updated_v1"))["event"]
        heir = o.person("hexiao").id
        assert told["after_change"]["owner_id"]["open_id"] == heir
        shown = await o.ok("GET", f"{BASE}/chats/{made['id']}")
        assert (shown["owner_id"], shown["user_manager_id_list"]) == (heir, [])


async def test_an_ordinary_members_change_of_settings_is_refused_by_the_reason():
    async with office() as o:
        group = o.chat("研发日常")
        path = f"{BASE}/chats/{group.id}"
        assert await o.code("PUT", path, {"at_all_permission": "only_owner"}) == 232016
        group.extra["edit_permission"] = "only_owner"
        assert await o.code("PUT", path, {"at_all_permission": "only_owner"}) == 232002
        assert await o.code("PUT", path, {"name": "x"}) == 232002
