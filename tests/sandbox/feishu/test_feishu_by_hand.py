"""What people and administrators do through the control door, and what the robot hears of it."""

import json

import pytest
from feishu_town import BASE, office, settled

REACTIONS = {"im.message.reaction.created_v1": True, "im.message.reaction.deleted_v1": True}


async def departments(o, status=200, **body):
    return await o.talk.post("/_sandbox/departments", {"platform": "feishu", **body}, status)


async def react(o, message_id, emoji="DONE", status=200, **more):
    body = {"platform": "feishu", "person": "lixiang", "message_id": message_id, "emoji": emoji, **more}
    return await o.talk.post("/_sandbox/react", body, status)


async def test_the_vendors_client_hears_what_is_done_by_hand(vendor_line):
    async with office() as o:
        await o.set(events=REACTIONS)
        await vendor_line.connect(o.feishu)

        async def heard(event_type):
            return (await vendor_line.next(event_type))["body"]["event"]

        made = await departments(o, create="算法组", parent="研发部")
        created = (await heard("contact.department.created_v3"))["object"]
        assert (created["open_department_id"], created["name"]) == (made["id"], "算法组")
        await departments(o, department="算法组", rename="模型组")
        updated = await heard("contact.department.updated_v3")
        assert (updated["object"]["name"], updated["old_object"]["name"]) == ("模型组", "算法组")
        await departments(o, department="模型组", drop=True)
        deleted = await heard("contact.department.deleted_v3")
        assert deleted["object"]["status"]["is_deleted"] is True
        assert deleted["old_object"]["open_department_id"] == made["id"]

        await o.set(contact_range=["市场部"])
        scope = await heard("contact.scope.updated_v3")
        assert [each["name"] for each in scope["added"].get("departments") or []] == []
        assert "研发部" in [each["name"] for each in scope["removed"]["departments"]]
        await o.set(contact_range=["研发部"])
        scope = await heard("contact.scope.updated_v3")
        for side, name in (("added", "研发部"), ("removed", "市场部")):
            assert [each["name"] for each in scope[side]["departments"]] == [name]

        chat = {"platform": "feishu", "chat": "羽毛球社", "withdraw": ["zhaoxiaoman"]}
        await o.talk.post("/_sandbox/chats", chat)
        withdrawn = await heard("im.chat.member.user.withdrawn_v1")
        assert [each["name"] for each in withdrawn["users"]] == ["赵小满"]
        assert o.person("zhaoxiaoman").id not in o.chat("羽毛球社").members
        await o.talk.post("/_sandbox/menu", {"platform": "feishu", "person": "lixiang", "key": "my_todo"})
        assert (await heard("application.bot.menu_v6"))["event_key"] == "my_todo"

        sent = (await o.sent(o.person("lixiang").id, {"text": "请看"}))["message_id"]
        await react(o, sent)
        assert (await heard("im.message.reaction.created_v1"))["reaction_type"]["emoji_type"] == "DONE"
        await react(o, sent, remove=True)
        gone = await heard("im.message.reaction.deleted_v1")
        assert gone["user_id"]["open_id"] == o.person("lixiang").id
        await settled(o)


async def test_what_cannot_be_done_by_hand_is_refused_with_the_reason():
    async with office() as o:
        sent = (await o.sent(o.person("lixiang").id, {"text": "请看"}))["message_id"]
        for emoji, status, more in (("赞", 400, {}), ("DONE", 403, {"remove": True})):
            assert (await react(o, sent, emoji, status, **more))["error"]
        other = (await o.sent(o.person("chenli").id, {"text": "请看"}))["message_id"]
        await react(o, other, status=403)
        await departments(o, 403, department="研发部", drop=True)
        await departments(o, 400, department="研发部")
        await departments(o, 404, create="x", parent="没有这个部门")
        await o.talk.post(
            "/_sandbox/chats", {"platform": "feishu", "chat": "研发部", "withdraw": ["何佳"]}, 404
        )
        await o.talk.post(
            "/_sandbox/chats", {"platform": "feishu", "chat": "研发部", "withdraw": ["hexiao"]}, 400
        )
        await o.set(availability=["市场部"])
        await o.talk.post("/_sandbox/menu", {"platform": "feishu", "person": "lixiang", "key": "x"}, 403)


@pytest.mark.parametrize("path", ["react", "menu"])
async def test_a_platform_without_such_a_thing_says_so(path):
    async with office() as o:
        say = {"platform": "dingtalk", "person": "sunli", "to": "bot", "text": "早"}
        said = (await o.talk.post("/_sandbox/say", say))["message_id"]
        body = {"platform": "dingtalk", "person": "sunli"}
        body |= {"react": {"message_id": said, "emoji": "DONE"}, "menu": {"key": "x"}}[path]
        refused = await o.talk.post(f"/_sandbox/{path}", body, 403)
        assert "dingtalk" in refused["error"]


async def test_what_lies_outside_the_contact_range_is_not_told():
    async with office() as o, o.line() as line:
        await o.set(contact_range=["市场部"])
        await line.next("contact.scope.updated_v3")
        await departments(o, create="算法组", parent="研发部")
        await departments(o, create="活动组", parent="市场部")
        assert (await line.next("contact.department.created_v3"))["event"]["object"]["name"] == "活动组"


async def test_a_department_group_follows_its_department():
    async with office() as o, o.line() as line:
        opened = (await departments(o, department="设计组", chat=True))["chat"]
        assert (await departments(o, department="设计组", chat=True))["chat"] == opened
        group = o.town.chats["feishu"][opened]
        assert set(group.members) == set(o.town.department_named("feishu", "设计组").members)
        await o.talk.post("/_sandbox/chats", {"platform": "feishu", "chat": opened, "bot": True})
        shown = await o.ok("GET", f"/open-apis/im/v1/chats/{opened}")
        assert shown["chat_tag"] == "department"
        number = o.town.department_named("feishu", "设计组").id
        department = await o.ok("GET", f"/open-apis/contact/v3/departments/{number}")
        assert department["department"]["chat_id"] == opened
        await o.talk.post("/_sandbox/people", {"platform": "feishu", "person": "lixiang", "move": ["设计组"]})
        added = (await line.next("im.chat.member.user.added_v1"))["event"]
        assert [each["name"] for each in added["users"]] == ["李想"]
        await o.talk.post("/_sandbox/people", {"platform": "feishu", "person": "lixiang", "move": ["接口组"]})
        gone = (await line.next("im.chat.member.user.deleted_v1"))["event"]
        assert [each["name"] for each in gone["users"]] == ["李想"]


def _card(**config):
    button = {"tag": "button", "name": "yes", "text": {"tag": "plain_text", "content": "同意"}}
    button["behaviors"] = [{"type": "callback", "value": {"vote": "yes"}}]
    return {"schema": "2.0", "config": {"update_multi": True, **config}, "body": {"elements": [button]}}


async def test_a_forwarded_card_answers_only_if_it_says_so_and_is_on_its_own():
    async with office() as o, o.line() as line:
        await o.set(scopes={"*": True})
        group, worker = o.chat("研发部"), o.person("lixiang")

        async def forward(card, status=200):
            sent = (await o.sent(worker.id, card, "interactive"))["message_id"]
            body = {"platform": "feishu", "person": "lixiang", "message_id": sent, "to": group.id}
            return sent, (await o.talk.post("/_sandbox/forward", body, status)).get("message_id")

        await forward(_card(enable_forward=False), 403)
        sent, quiet = await forward(_card())
        heard = (await line.next("im.message.receive_v1"))["event"]["message"]
        assert (heard["message_id"], heard["message_type"], heard["chat_id"]) == (
            quiet,
            "interactive",
            group.id,
        )
        press = {"platform": "feishu", "person": "chenli", "action": "yes"}
        refused = await o.talk.post("/_sandbox/press", {**press, "message_id": quiet}, 403)
        assert "转发" in refused["error"]
        changed = json.dumps(_card(summary={"content": "变了"}))
        await o.ok("PATCH", f"{BASE}/messages/{sent}", {"content": changed})
        assert "summary" not in o.town.messages[quiet].card["config"]
        assert await o.code("PATCH", f"{BASE}/messages/{quiet}", {"content": changed}) == 230012


async def test_a_message_of_a_closed_group_is_not_forwarded():
    async with office() as o:
        group = o.chat("研发部")
        said = (await o.say("lixiang", group.id, "机密"))["message_id"]
        body = {"platform": "feishu", "person": "chenli", "message_id": said, "to": "bot"}
        await o.talk.post("/_sandbox/forward", body)
        group.extra["restricted_mode_setting"] = {
            "status": True,
            "message_has_permission_setting": "not_anyone",
        }
        assert "防泄密" in (await o.talk.post("/_sandbox/forward", body, 403))["error"]
