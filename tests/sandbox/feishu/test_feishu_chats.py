"""Groups: who may do what with which role, member by member."""

import pytest
from feishu_town import BASE, office

from sandbox.clock import parse_duration

CHATS = BASE + "/chats"


async def created(o, body=None, **query):
    return o.town.chats["feishu"][(await o.ok("POST", CHATS, body or {"name": "项目A"}, **query))["chat_id"]]


async def role(o, kind):
    """A group in which the robot is just that."""
    group = o.chat("产品部")
    group.admins.clear()
    group.extra.clear()
    if kind == "owner":
        group.owner = "bot"
    elif kind == "admin":
        group.admins["bot"] = None
    elif kind.startswith("creator"):
        group.extra["creator"] = "bot"
    await o.set(scopes={"im:chat:operate_as_owner": kind != "creator without scope"})
    return group


async def test_without_an_owner_the_robot_is_the_owner_and_the_field_is_missing():
    async with office() as o:
        group = await created(o, {"name": "项目A", "user_id_list": [o.person("lixiang").id]})
        shown = await o.ok("GET", f"{CHATS}/{group.id}")
        assert (group.owner, "owner_id" in shown, shown["user_count"], shown["bot_count"]) == (
            "bot",
            False,
            "1",
            "1",
        )


async def test_with_an_owner_the_robot_is_the_creator_and_an_admin_if_it_asks():
    async with office() as o:
        li = o.person("lixiang").id
        plain = await created(o, {"owner_id": li})
        assert (plain.owner, plain.name, "bot" in plain.admins, plain.extra["creator"]) == (
            li,
            "(无主题)",
            False,
            "bot",
        )
        admin = await created(o, {"owner_id": li}, set_bot_manager="true")
        assert (await o.ok("GET", f"{CHATS}/{admin.id}"))["bot_manager_id_list"] == [o.feishu.app_id]


async def test_the_same_uuid_and_owner_make_one_group_in_ten_hours():
    async with office() as o:
        first = await created(o, {"name": "一"}, uuid="u")
        assert (await created(o, {"name": "一"}, uuid="u")).id == first.id
        assert (await created(o, {"owner_id": o.person("lixiang").id}, uuid="u")).id != first.id
        await o.town.clock.advance(parse_duration("10h"))
        o.token = None
        assert (await created(o, {"name": "一"}, uuid="u")).id != first.id


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"user_id_list": ["ou_none"]}, 99992351),
        ({"user_id_list": "ou_none"}, 99992402),
        ({"user_id_list": ["ou_x"] * 51}, 0),
        ({"chat_type": "public", "name": "一"}, 232020),
        ({"chat_type": "secret"}, 99992402),
        ({"edit_permission": "nobody"}, 99992402),
        ({"restricted_mode_setting": {"status": True}}, 232057),
        ({"bot_id_list": ["cli_other"]}, 232021),
    ],
)
async def test_a_group_that_cannot_be_made(body, code):
    async with office() as o:
        if code == 0:
            body, code = {"user_id_list": [f"ou_{each}" for each in range(51)]}, 99992402
        assert await o.code("POST", CHATS, body) == code


async def test_public_names_are_taken_once():
    async with office() as o:
        await created(o, {"chat_type": "public", "name": "公开"})
        assert await o.code("POST", CHATS, {"chat_type": "public", "name": "公开"}) == 232026
        await o.set(public_chats=False)
        assert await o.code("POST", CHATS, {"chat_type": "public", "name": "公开二"}) == 232091


ROLES = ("owner", "admin", "creator", "creator without scope", "member")


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        ("settings", {"owner", "admin", "creator"}),
        ("transfer", {"owner", "admin", "creator"}),
        ("dissolve", {"owner", "creator"}),
        ("remove", {"owner", "admin", "creator"}),
        ("add where only the owner may", {"owner", "admin", "creator"}),
        ("admins", {"owner"}),
        ("moderation", {"owner", "creator"}),
        ("name where only the owner may", {"owner", "admin", "creator"}),
        ("name", set(ROLES)),
        ("add", set(ROLES)),
    ],
)
async def test_each_role_may_do_what_the_tables_say(act, allowed):
    async with office() as o:
        for kind in ROLES:
            group = await role(o, kind)
            path, new = f"{CHATS}/{group.id}", o.person("lixiang").id
            member = next(each for each in group.members if each != group.owner)
            group.extra |= {"edit_permission": "only_owner"} if act.startswith("name where") else {}
            group.extra |= {"add_member_permission": "only_owner"} if act.startswith("add where") else {}
            call = {
                "settings": ("PUT", path, {"at_all_permission": "only_owner"}),
                "transfer": ("PUT", path, {"owner_id": member}),
                "dissolve": ("DELETE", path, None),
                "remove": ("DELETE", path + "/members", {"id_list": [member]}),
                "admins": ("POST", path + "/managers/add_managers", {"manager_ids": [member]}),
                "moderation": ("PUT", path + "/moderation", {"moderation_setting": "only_owner"}),
                "name": ("PUT", path, {"name": "新名"}),
                "add": ("POST", path + "/members", {"id_list": [new]}),
            }[act.partition(" ")[0]]
            code = await o.code(*call)
            assert (code == 0) == (kind in allowed), (act, kind, code)
            await o.talk.post("/_sandbox/reset", {})
            o.token = None


async def test_a_dissolved_group_is_gone_and_the_robot_is_told():
    async with office() as o, o.line() as line:
        group = await created(o)
        await o.ok("DELETE", f"{CHATS}/{group.id}")
        assert (await line.next("im.chat.disbanded_v1"))["event"]["chat_id"] == group.id
        assert await o.code("PUT", f"{CHATS}/{group.id}", {"name": "x"}) == 232009
        assert (await o.ok("GET", f"{CHATS}/{group.id}"))["chat_status"] == "dissolved"


@pytest.mark.parametrize(
    ("succeed", "code", "added", "invalid", "missing"),
    [
        ("0", 99992351, False, [], []),
        ("1", 0, True, ["gone"], ["ou_x"]),
        ("2", 0, False, ["gone"], ["ou_x"]),
    ],
)
async def test_bad_ids_among_good_ones(succeed, code, added, invalid, missing):
    async with office() as o:
        group, gone, good = await created(o), o.person("hexiao").id, o.person("lixiang").id
        await o.talk.post("/_sandbox/people", {"platform": "feishu", "person": gone, "leave": True})
        body = {"id_list": [good, gone, "ou_x"]}
        _, answer = await o.call("POST", f"{CHATS}/{group.id}/members", body, succeed_type=succeed)
        assert (answer["code"], good in group.members) == (code, added)
        if code == 0:
            assert answer["data"]["invalid_id_list"] == [gone if each == "gone" else each for each in invalid]
            assert answer["data"]["not_existed_id_list"] == missing


async def test_members_out_of_range_are_refused_and_the_owner_stays():
    async with office() as o:
        await o.set(availability=["市场部"])
        group, li = await created(o), o.person("lixiang").id
        assert await o.code("POST", f"{CHATS}/{group.id}/members", {"id_list": [li]}) == 232024
        other = await role(o, "admin")
        assert await o.code("DELETE", f"{CHATS}/{other.id}/members", {"id_list": [other.owner]}) == 232076
        await o.ok(
            "DELETE", f"{CHATS}/{other.id}/members", {"id_list": [o.feishu.app_id]}, member_id_type="app_id"
        )
        assert await o.code("GET", f"{CHATS}/{other.id}/members") == 232011
        assert (await o.ok("GET", f"{CHATS}/{other.id}/members/is_in_chat"))["is_in_chat"] is False


async def test_who_may_speak_is_kept_to():
    async with office() as o:
        group = await created(o, {"user_id_list": [o.person(each).id for each in ("lixiang", "chenli")]})
        path, li = f"{CHATS}/{group.id}/moderation", o.person("lixiang").id
        await o.ok("PUT", path, {"moderation_setting": "only_owner"})
        assert "发言" in (await o.say("lixiang", group.id, "x", status=403))["error"]
        body = {"moderation_setting": "moderator_list", "moderator_added_list": [li, "ou_x"]}
        await o.ok("PUT", path, body)
        await o.say("lixiang", group.id, "x")
        await o.say("chenli", group.id, "x", status=403)
        shown = await o.ok("GET", path)
        assert (shown["moderation_setting"], [e["user_id"] for e in shown["items"]]) == (
            "moderator_list",
            [li],
        )
        both = {**body, "moderator_removed_list": [li]}
        assert await o.code("PUT", path, both) == 232001
        await o.ok("PUT", path, {"moderation_setting": "all_members"})
        await o.say("chenli", group.id, "x")


async def test_ten_admins_and_no_more():
    async with office() as o:
        people = list(o.town.people["feishu"])[:11]
        group = await created(o, {"user_id_list": people})
        path = f"{CHATS}/{group.id}/managers/"
        assert await o.code("POST", path + "add_managers", {"manager_ids": people}) == 232040
        answer = await o.ok("POST", path + "add_managers", {"manager_ids": people[:2]})
        assert answer["chat_managers"] == people[:2]
        answer = await o.ok("POST", path + "delete_managers", {"manager_ids": people[:1]})
        assert answer["chat_managers"] == people[1:2]


async def test_a_new_member_and_the_robot_itself_are_told_as_events():
    async with office() as o, o.line() as line:
        group = await created(o)
        await o.ok("POST", f"{CHATS}/{group.id}/members", {"id_list": [o.person("lixiang").id]})
        event = (await line.next("im.chat.member.user.added_v1"))["event"]
        assert (event["operator_id"]["open_id"], event["users"][0]["name"]) == (o.feishu.ids.bot, "李想")
        by_hand = {
            "platform": "feishu",
            "create": "临时",
            "owner": "lixiang",
            "members": ["chenli"],
            "bot": True,
        }
        chat = await o.talk.post("/_sandbox/chats", by_hand)
        assert (await line.next("im.chat.member.bot.added_v1"))["event"]["chat_id"] == chat["id"]
        await o.talk.post("/_sandbox/chats", {"platform": "feishu", "chat": chat["id"], "bot": False})
        assert (await line.next("im.chat.member.bot.deleted_v1"))["event"]["chat_id"] == chat["id"]


async def test_search_link_and_join():
    async with office() as o:
        group = await created(o, {"name": "公开群", "chat_type": "public"})
        found = await o.ok("GET", CHATS + "/search", query="公开")
        assert [each["chat_id"] for each in found["items"]] == [group.id]
        assert (await o.ok("GET", CHATS + "/search"))["items"] == []
        assert (await o.ok("POST", f"{CHATS}/{group.id}/link", {"validity_period": "permanently"}))[
            "is_permanent"
        ]
        group.bot = False
        assert set(await o.ok("GET", f"{CHATS}/{group.id}")) == {
            "name", "avatar", "user_count", "bot_count", "chat_status",
        }  # fmt: skip
        await o.ok("PATCH", f"{CHATS}/{group.id}/members/me_join")
        assert group.bot
        assert await o.code("PATCH", f"{CHATS}/{o.chat('销售部').id}/members/me_join") == 232002


async def test_an_announcement_is_made_of_blocks():
    async with office() as o:
        group = await created(o)
        path = f"/open-apis/docx/v1/chats/{group.id}/announcement"
        assert (await o.ok("GET", path))["announcement_type"] == "docx"
        block = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "群规"}}], "style": {}}}
        children = f"{path}/blocks/{group.id}/children"
        made = await o.ok("POST", children, {"index": 0, "children": [block, block]}, revision_id=-1)
        assert (len(made["children"]), made["revision_id"]) == (2, 2)
        change = {"block_id": made["children"][0]["block_id"], "update_text_elements": {"elements": []}}
        await o.ok("PATCH", path + "/blocks/batch_update", {"requests": [change]})
        await o.ok("DELETE", children + "/batch_delete", {"start_index": 0, "end_index": 1})
        assert len((await o.ok("GET", path + "/blocks"))["items"]) == 2
        old = f"{CHATS}/{group.id}/announcement"
        assert await o.code("GET", old) == 232097
        await o.town.clock.advance(parse_duration("1s"))
        await o.set(announcement="doc")
        assert (await o.ok("GET", old))["revision"] == "4"
        await o.ok("PATCH", old, {"revision": "4", "requests": ["{}"]})


async def test_tabs_menu_and_notice():
    async with office() as o:
        group = await created(o)
        path, url = f"{CHATS}/{group.id}", {"url": "https://x.example"}
        tab = {"tab_name": "制度", "tab_type": "url", "tab_content": url}
        tabs = (await o.ok("POST", path + "/chat_tabs", {"chat_tabs": [tab]}))["chat_tabs"]
        assert [each["tab_type"] for each in tabs] == ["message", "url"]
        assert await o.code("POST", path + "/chat_tabs", {"chat_tabs": [tab] * 19}) == 232047
        left = await o.ok("DELETE", path + "/chat_tabs/delete_tabs", {"tab_ids": [tabs[1]["tab_id"]]})
        assert len(left["chat_tabs"]) == 1
        item = {
            "action_type": "REDIRECT_LINK",
            "redirect_link": {"common_url": "https://x.example"},
            "name": "申请",
        }
        top = {"chat_menu_item": item, "children": []}
        tree = await o.ok("POST", path + "/menu_tree", {"menu_tree": {"chat_menu_top_levels": [top] * 3}})
        assert len(tree["menu_tree"]["chat_menu_top_levels"]) == 3
        assert (
            await o.code("POST", path + "/menu_tree", {"menu_tree": {"chat_menu_top_levels": [top]}})
            == 232056
        )
        sent = (await o.sent(group.id, {"text": "看这里"}))["message_id"]
        notice = {"chat_top_notice": [{"action_type": "1", "message_id": sent}]}
        await o.ok("POST", path + "/top_notice/put_top_notice", notice)
        await o.ok("POST", path + "/top_notice/delete_top_notice")


async def test_bots_are_in_the_new_list_of_members_only():
    async with office() as o:
        group = o.chat("羽毛球社").id
        answer = await o.ok("GET", f"{CHATS}/{group}/members/list", member_types="user,bot", page_size=100)
        assert (len(answer["users"]), answer["bots"][0]["app_id"]) == (26, o.feishu.app_id)
        assert await o.code("GET", f"{CHATS}/{o.chat('销售部').id}/members/list") == 102021
