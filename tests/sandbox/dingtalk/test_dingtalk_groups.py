"""Groups that the app makes and changes."""

import pytest
from dingtalk_town import living_corp, streaming

from sandbox.clock import parse_duration

SCENE = "/v1.0/im/sceneGroup"
SCENES = "/v1.0/im/sceneGroups"


def scene(corp, **more):
    owner = corp.person("sunli")
    body = {
        "title": "研发-项目A", "template_id": corp.ding.group_template, "owner_user_id": owner, "user_ids": [owner, corp.person("heqiang")],
        "uuid": "yz-1",
    }  # fmt: skip
    return body | more


async def made(corp, **more):
    said = await corp.ok("POST", f"{SCENE}/create", scene(corp, **more))
    return corp.town.chats["dingtalk"][said["open_conversation_id"]]


async def test_the_same_uuid_is_the_same_scene_group():
    async with living_corp() as corp:
        first, again, other = [await made(corp, uuid=uuid) for uuid in ("a", "a", "b")]
        assert first is again
        assert other is not first
        corp.set(scene_uuid_hours=1)
        await corp.town.clock.advance(parse_duration("61m"))
        assert await made(corp, uuid="a") is not first


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"template_id": "x"}, "groupTemplate.notFound", id="no such template"),
        pytest.param({"owner_user_id": "x"}, "member.notFound", id="no such owner"),
        pytest.param({"title": "长" * 31}, "parameter.invalid", id="title too long"),
        pytest.param({"title": None}, "Missingtitle", id="no title"),
        pytest.param({"subadmin_ids": ["zhoumin"]}, "member.notFound", id="an account is no user id"),
        pytest.param({"management_options": {"searchable": 7}}, "parameter.invalid", id="no such option"),
    ],
)
async def test_a_scene_group_that_is_refused(change, code):
    async with living_corp() as corp:
        status, said = await corp.new("POST", f"{SCENE}/create", scene(corp) | change)
        assert (status, said["code"]) == (400, code)


async def test_an_owner_outside_the_visible_range_is_refused():
    async with living_corp() as corp:
        corp.set(app_range=["仓储部"])
        status, said = await corp.new("POST", f"{SCENE}/create", scene(corp))
        assert (status, said["code"]) == (400, "permession.checkFailed")


async def test_a_scene_group_is_read_and_changed():
    async with living_corp() as corp, streaming(corp) as stream:
        chat = await made(corp, management_options={"mention_all_authority": 1})
        new = corp.person("zhoumin")
        where = {"open_conversation_id": chat.id}
        await corp.ok("POST", f"{SCENE}/member/add", where | {"user_ids": [new]})
        assert (await stream.take(data={}))["headers"]["eventType"] == "chat_add_member"
        await corp.ok(
            "POST",
            f"{SCENE}/update",
            where | {"title": "项目B", "management_options": {"chat_banned_type": 1}},
        )
        assert (await stream.take(data={}))["data"]["title"] == "项目B"
        assert not chat.may_speak(new)
        await corp.ok(
            "PUT", f"{SCENES}/subAdmins", {"openConversationId": chat.id, "userIds": [new], "role": 2}
        )
        assert chat.may_speak(new)
        old = await corp.old("/topapi/im/chat/scenegroup/get", where)
        assert old["result"]["sub_admin_staff_ids"] == [new]
        options = old["result"]["management_options"]
        assert (options["mention_all_authority"], options["chat_banned_type"]) == ("1", "1")
        members = await corp.ok(
            "POST", f"{SCENES}/members/batchQuery", {"openConversationId": chat.id, "maxResults": 1}
        )
        assert (members["memberUserIds"], members["hasMore"]) == (list(chat.members), False)
        await corp.ok("POST", f"{SCENE}/member/delete", where | {"user_ids": [new]})
        query = await corp.ok("POST", f"{SCENES}/query", {"openConversationId": chat.id})
        assert (query["title"], query["ownerUserId"], query["status"]) == ("项目B", corp.person("sunli"), 1)
        await corp.ok("POST", "/v1.0/im/chat/scenegroup/disband", {"openConversationId": chat.id})
        assert (await corp.ok("POST", f"{SCENES}/query", {"openConversationId": chat.id}))["status"] == 2


async def test_a_muted_member_is_silent_for_as_long_as_was_said():
    async with living_corp() as corp:
        chat, worker = await made(corp), corp.person("heqiang")
        body = {
            "openConversationId": chat.id,
            "userIdList": [worker],
            "muteStatus": 1,
            "muteDuration": 300_000,
        }
        assert await corp.ok("POST", f"{SCENES}/muteMembers/set", body) is None
        settings = await corp.ok("GET", f"{SCENES}/muteSettings", openConversationId=chat.id, userId=worker)
        assert settings["userMuteResult"]["userMuteMode"] == 1
        with pytest.raises(Exception, match="禁言"):
            await corp.say("heqiang", chat.id, "说一句")
        await corp.town.clock.advance(parse_duration("5m"))
        await corp.say("heqiang", chat.id, "说一句")
        status, said = await corp.new(
            "POST", f"{SCENES}/muteMembers/set", body | {"userIdList": [chat.owner]}
        )
        assert (status, said["code"]) == (400, "cannot.ban.owner")


async def test_an_ordinary_group_is_no_scene_group_until_it_gets_the_template():
    async with living_corp() as corp:
        chat = corp.chat("设备部")
        body = {"openConversationId": chat.id}
        assert (await corp.new("POST", f"{SCENES}/members/batchQuery", body))[1][
            "code"
        ] == "groupPermissionDenied"
        apply = {
            "open_conversation_id": chat.id,
            "template_id": corp.ding.group_template,
            "owner_user_id": chat.owner,
        }
        assert (await corp.old("/topapi/im/chat/scenegroup/template/apply", apply))["errcode"] == 0
        assert (await corp.new("POST", f"{SCENES}/members/batchQuery", body))[0] == 200


async def test_the_templates_robot_can_mention_people():
    async with living_corp() as corp:
        chat, worker = await made(corp), corp.person("heqiang")
        body = {
            "target_open_conversation_id": chat.id, "robot_code": corp.ding.template_robot_code,
            "msg_template_id": "inner_app_template_text", "msg_param_map": '{"content":"开会"}', "at_users": worker,
        }  # fmt: skip
        path = "/topapi/im/chat/scencegroup/message/send_v2"
        said = await corp.old(path, body)
        assert corp.ding.posts.by_key(said["open_msg_id"]) == chat.messages
        assert (chat.messages[0].text, chat.messages[0].mentions) == ("开会", [worker])
        assert (await corp.old(path, body | {"robot_code": corp.ding.robot_code}))["errcode"] == 660012


async def test_an_ordinary_group_is_made_without_the_robot_and_changed_by_its_chatid():
    async with living_corp() as corp:
        people = [corp.person("sunli"), corp.person("heqiang")]
        body = {
            "name": "行政通知群",
            "owner": people[0],
            "useridlist": people,
            "managementOptions": {"chatBannedType": 1},
        }
        first, second = [await corp.ok("POST", "/v1.0/im/group/create", body) for _ in range(2)]
        assert first["openConversationId"] != second["openConversationId"]
        chat = corp.town.chats["dingtalk"][first["openConversationId"]]
        assert (chat.bot, chat.speak) == (False, "admins")
        change = {"chatid": first["chatid"], "name": "通知", "del_useridlist": [people[1]]}
        await corp.ok("POST", "/v1.0/im/group/update", change | {"managementOptions": {"chatBannedType": 0}})
        info = (await corp.old("/chat/get", method="GET", chatid=first["chatid"]))["chat_info"]
        assert (info["name"], info["useridlist"], info["chatBannedType"]) == ("通知", [people[0]], 0)
        convert = await corp.ok("POST", f"/v1.0/im/chat/{first['chatid']}/convertToOpenConversationId")
        assert convert == {"openConversationId": chat.id}
        natural = corp.ding.ids.chat_id(corp.chat("设备部"))
        assert (await corp.new("POST", "/v1.0/im/group/update", {"chatid": natural, "name": "x"}))[0] == 400


async def test_where_only_the_owner_may_mention_everybody_a_member_is_refused():
    async with living_corp() as corp:
        chat = await made(corp, management_options={"mention_all_authority": 1})
        with pytest.raises(Exception, match="仅群主"):
            await corp.say("heqiang", chat.id, "@所有人", ["all"])
        await corp.say("sunli", chat.id, "@所有人", ["all"])


async def test_groups_of_the_whole_company_are_for_the_exclusive_edition():
    async with living_corp() as corp:
        path = "/v1.0/exclusive/securities/orgGroupInfos"
        assert (await corp.new("GET", path, pageSize="2"))[0] == 403
        corp.set(edition="exclusive")
        groups = await corp.ok("GET", path, pageSize="2")
        assert (len(groups["items"]), groups["totalCount"]) == (2, 5)
        body = {"openConverationId": groups["items"][0]["openConversationId"], "banWordsType": 1}
        await corp.ok("PUT", "/v1.0/exclusive/enterpriseSecurities/banOrOpenGroupWords", body)
        assert corp.town.chats["dingtalk"][body["openConverationId"]].speak == "admins"
