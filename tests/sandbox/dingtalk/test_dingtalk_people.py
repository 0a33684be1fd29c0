"""What people and administrators do by the control door, and what the app is told of it."""

import base64

import pytest
from dingtalk_town import living_corp, settled, streaming, vendor_client

PICTURE = base64.b64encode(b"\x89PNG picture").decode()


async def door(corp, path, status=200, **body):
    return await corp.talk.post(f"/_sandbox/{path}", {"platform": "dingtalk", **body}, status)


async def event(stream):
    frame = await stream.take(data={"status": "SUCCESS", "message": "OK"})
    return frame["headers"]["eventType"], frame["data"]


async def test_who_leaves_a_group_by_themself_is_told_otherwise_than_who_is_removed():
    async with living_corp() as corp, streaming(corp) as stream:
        chat = corp.chat("设备部")
        leaver, removed = [each for each in chat.members if each != chat.owner][:2]
        await door(corp, "chats", chat=chat.id, quit=leaver)
        kind, told = await event(stream)
        assert (kind, told["operator"], told["openConversationId"]) == ("chat_quit", leaver, chat.id)
        assert set(told) == {
            "timeStamp", "chatId", "corpId", "openConversationId", "operator", "operatorUnionId"
        }  # fmt: skip
        await door(corp, "chats", chat=chat.id, remove=[removed])
        kind, told = await event(stream)
        assert (kind, told["userId"]) == ("chat_remove_member", [removed])
        assert {leaver, removed}.isdisjoint(chat.members)
        assert "member" in (await door(corp, "chats", 400, chat=chat.id, quit=leaver))["error"]
        assert "owner" in (await door(corp, "chats", 400, chat=chat.id, quit=chat.owner))["error"]


async def test_administrators_come_and_go():
    async with living_corp() as corp, streaming(corp) as stream:
        worker = corp.person("sunli")
        for is_admin, kind in ((True, "org_admin_add"), (False, "org_admin_remove")):
            await door(corp, "people", person="sunli", admin=is_admin)
            told, data = await event(stream)
            assert (told, data["userId"], type(data["timeStamp"])) == (kind, [worker], str)
            listed = (await corp.old("/topapi/user/listadmin", {}))["result"]
            assert (worker in [each["userid"] for each in listed]) is is_admin
        await door(corp, "people", 403, person="zhoumin", admin=False)


async def test_roles_are_made_given_renamed_and_dropped():
    async with living_corp() as corp, streaming(corp) as stream:
        worker = corp.person("sunli")
        await door(corp, "people", person="sunli", roles=["安全员"])
        kind, told = await event(stream)
        [number] = told["labelIdList"]
        assert (kind, set(told)) == ("label_conf_add", {"scope", "labelIdList"})
        assert await event(stream) == (
            "label_user_change",
            {"userIdList": [worker], "action": "add", "labelIdList": [number]},
        )
        people = await corp.old("/topapi/role/simplelist", {"role_id": number})
        assert [each["userid"] for each in people["result"]["list"]] == [worker]
        await door(corp, "company", role="安全员", rename="安全主任")
        assert (await event(stream))[0] == "label_conf_modify"
        [group] = (await corp.old("/topapi/role/list", {}))["result"]["list"]
        assert {"id": number, "name": "安全主任"} in group["roles"]
        await door(corp, "people", person="sunli", roles=[])
        assert (await event(stream))[1]["action"] == "remove"
        await door(corp, "company", role="安全主任", drop=True)
        assert await event(stream) == ("label_conf_del", told)
        await door(corp, "company", 404, role="安全主任", drop=True)
        await door(corp, "people", 403, person="sunli", roles=["主管"])


async def test_the_company_is_renamed():
    async with living_corp() as corp, streaming(corp) as stream:
        await door(corp, "company", rename="南江精密（集团）")
        assert await event(stream) == ("org_change", {})
        said = await corp.old("/topapi/v2/department/get", {"dept_id": 1})
        assert said["result"]["name"] == "南江精密（集团）"


async def test_an_app_for_groups_brings_the_robot_along():
    async with living_corp() as corp, streaming(corp) as stream:
        chat = corp.chat("生产一车间")
        assert not chat.bot
        for key, kind in (("install", "im_cool_app_install"), ("uninstall", "im_cool_app_uninstall")):
            await door(corp, "chats", chat=chat.id, **{key: "COOLAPP-1-0001"})
            told, data = await event(stream)
            assert (told, chat.bot) == (kind, key == "install")
            for code, right in (("COOLAPP-1-0001", key == "install"), ("COOLAPP-1-0002", False)):
                assert ((await corp.send_to_group(chat.id, coolAppCode=code))[0] == 200) is right
            assert set(data) == {
                "coolAppCode", "robotCode", "openConversationId", "openConversationCorpId", "operator", "operateTime"
            }  # fmt: skip
            assert (data["coolAppCode"], data["operator"]) == ("COOLAPP-1-0001", chat.owner)
        await door(corp, "chats", 403, chat=chat.id, uninstall="COOLAPP-1-0001")


async def test_what_only_dingtalk_knows_is_refused_on_feishu():
    async with living_corp() as corp:
        for path, body in (
            ("people", {"person": "lixiang", "admin": True}),
            ("people", {"person": "lixiang", "roles": ["x"]}),
            ("company", {"role": "x", "drop": True}),
        ):
            await corp.talk.post(f"/_sandbox/{path}", {"platform": "feishu", **body}, 403)


async def download(corp, code):
    body = {"downloadCode": code, "robotCode": corp.ding.robot_code}
    url = (await corp.ok("POST", "/v1.0/robot/messageFiles/download", body))["downloadUrl"]
    async with corp.talk.http.get(url) as answer:
        return await answer.read()


@pytest.mark.parametrize(
    ("kind", "content", "keys"),
    [
        ("picture", {"data": PICTURE}, {"downloadCode", "pictureDownloadCode"}),
        ("audio", {"duration": 4000, "recognition": "明天休息吗", "data": PICTURE}, {"duration", "recognition", "downloadCode"}),
        ("video", {"data": PICTURE}, {"duration", "videoType", "downloadCode"}),
        ("file", {"fileName": "排班.xlsx", "data": PICTURE}, {"fileName", "downloadCode", "spaceId", "fileId"}),
    ],
)  # fmt: skip
async def test_what_people_send_can_be_fetched_by_its_code(kind, content, keys):
    async with living_corp() as corp, streaming(corp) as stream:
        await door(corp, "say", person="sunli", to="bot", kind=kind, content=content)
        said = (await stream.take())["data"]
        assert (said["msgtype"], set(said["content"])) == (kind, keys)
        assert "text" not in said
        assert await download(corp, said["content"]["downloadCode"]) == base64.b64decode(PICTURE)
        if kind == "file":
            union = corp.ding.ids.union_id(corp.person("sunli"))
            where = f"/v1.0/storage/spaces/{said['content']['spaceId']}/dentries"
            listed = await corp.ok("GET", where, parentId="0", maxResults="10", unionId=union)
            assert [each["id"] for each in listed["dentries"]] == [said["content"]["fileId"]]


async def test_the_vendors_client_reads_pictures_and_rich_text():
    async with living_corp() as corp, vendor_client(corp, reply="收到") as vendor:
        await settled(lambda: corp.ding.line.connections)
        await door(corp, "say", person="sunli", to="bot", kind="picture")
        heard = await vendor.told()
        assert heard["type"] == "picture"
        assert len(heard["images"]) == 1
        chat = corp.chat("设备部")
        content = {"richText": [{"text": "@驿站 看这里 "}, {"type": "picture"}, {"text": "漏油"}]}
        await door(
            corp, "say", person="sunli", to=chat.id, kind="richText", content=content, mentions=["bot"]
        )
        heard = await vendor.told()
        assert (heard["type"], heard["said"]) == ("richText", [" 看这里 ", "漏油"])
        assert len(await download(corp, heard["images"][0])) > 60
        await settled(lambda: corp.texts(chat=chat.id) == ["收到"])


async def test_what_a_robot_cannot_read_comes_by_its_name_and_files_in_groups_not_at_all():
    async with living_corp() as corp, streaming(corp) as stream:
        chat = corp.chat("设备部")
        for kind in ("audio", "video", "file"):
            content = {"fileName": "a.pdf"} if kind == "file" else {}
            await door(corp, "say", person="sunli", to=chat.id, kind=kind, content=content, mentions=["bot"])
        await door(
            corp,
            "say",
            person="sunli",
            to="bot",
            kind="unknownMsgType",
            content={"unknownMsgType": "聊天记录"},
        )
        said = (await stream.take())["data"]
        assert (said["msgtype"], said["content"]) == ("unknownMsgType", {"unknownMsgType": "聊天记录"})
        assert [m.kind for m in chat.messages] == ["audio", "video", "file"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "sticker"}, {"kind": "picture", "content": {"data": "§"}}, {"kind": "picture", "content": {"name": "x"}},
        {"kind": "richText"}, {"kind": "richText", "content": {"richText": [{"type": "video"}]}}, {"kind": "file"},
        {"kind": "audio", "content": {"duration": 0}}, {"kind": "video", "content": {"duration": "5"}}, {"kind": "picture", "content": []},
        {"kind": "richText", "content": {"richText": [{"text": 5}]}},
    ],
)  # fmt: skip
async def test_what_means_nothing_is_explained(body):
    async with living_corp() as corp:
        assert (await door(corp, "say", 400, person="sunli", to="bot", **body))["error"]
        assert corp.town.messages_in("dingtalk", person=corp.person("sunli")) == []


async def test_departments_by_hand_and_their_groups():
    async with living_corp() as corp, streaming(corp) as stream:
        made = await door(corp, "departments", create="质量部")
        assert await event(stream) == ("org_dept_create", {"deptId": [int(made["id"])]})
        await door(corp, "departments", department="质量部", rename="品质部")
        assert (await event(stream))[0] == "org_dept_modify"
        assert "没有成员" in (await door(corp, "departments", 403, department="品质部", chat=True))["error"]
        await door(corp, "people", person="tianbo", move=["品质部"])
        assert (await event(stream))[0] == "user_modify_org"
        chat = (await door(corp, "departments", department="品质部", chat=True))["chat"]
        shown = (await corp.old("/topapi/v2/department/get", {"dept_id": made["id"]}))["result"]
        assert (shown["create_dept_group"], shown["auto_add_user"]) == (True, False)
        path = f"/v1.0/im/chat/{shown['dept_group_chat_id']}/convertToOpenConversationId"
        assert (await corp.ok("POST", path, {}))["openConversationId"] == chat
        change = {"dept_id": made["id"], "auto_add_user": True}
        assert (await corp.old("/topapi/v2/department/update", change))["errcode"] == 0
        for departments, there in ((["品质部"], True), (["设备部"], False)):
            await door(corp, "people", person="fangxiaozi", move=departments)
            assert (corp.person("fangxiaozi") in corp.town.chats["dingtalk"][chat].members) is there
        empty = await door(corp, "departments", create="临时")
        await door(corp, "departments", department="临时", drop=True)
        kinds = [(await event(stream))[0] for _ in range(5)]
        assert kinds == [
            "org_dept_modify",
            "user_modify_org",
            "user_modify_org",
            "org_dept_create",
            "org_dept_remove",
        ]
        assert empty["id"] not in corp.town.departments["dingtalk"]


async def test_a_department_made_with_a_group_has_it_once_somebody_is_in_it():
    async with living_corp() as corp:
        body = {"name": "项目部", "parent_id": 1, "create_dept_group": True}
        number = (await corp.old("/topapi/v2/department/create", body))["result"]["dept_id"]
        shown = (await corp.old("/topapi/v2/department/get", {"dept_id": number}))["result"]
        assert (shown["create_dept_group"], "dept_group_chat_id" in shown) == (True, False)
        await door(corp, "people", join="新人", departments=["项目部"])
        shown = (await corp.old("/topapi/v2/department/get", {"dept_id": number}))["result"]
        assert corp.chat("项目部").members == {corp.person("新人"): None}
        assert shown["dept_group_chat_id"] == corp.ding.ids.chat_id(corp.chat("项目部"))


async def test_the_vendors_client_hears_of_all_of_it():
    async with living_corp() as corp, vendor_client(corp) as vendor:
        await settled(lambda: corp.ding.line.connections)
        done = [
            ("chats", {"chat": "设备部", "quit": "tianbo"}, ["chat_quit"]),
            ("people", {"person": "tianbo", "roles": ["安全员"]}, ["label_conf_add", "label_user_change"]),
            ("people", {"person": "tianbo", "admin": True}, ["org_admin_add"]),
            ("company", {"rename": "南江"}, ["org_change"]),
            ("chats", {"chat": "生产一车间", "install": "COOLAPP-1"}, ["im_cool_app_install"]),
        ]
        for path, body, kinds in done:
            await door(corp, path, **body)
            told = [await vendor.told() for _ in kinds]
            assert sorted(each["type"] for each in told) == sorted(kinds)
        await settled(lambda: corp.town.frames_open == 0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("company", {}, 400),
        ("company", {"rename": ""}, 400),
        ("company", {"role": 5, "drop": True}, 400),
        ("company", {"role": "x", "rename": "y", "colour": "z"}, 400),
        ("people", {"person": "sunli", "roles": "安全员"}, 400),
        ("people", {"person": "sunli", "admin": "yes"}, 400),
        ("chats", {"chat": "设备部", "quit": ["tianbo"]}, 400),
        ("chats", {"chat": "设备部", "quit": "nobody"}, 404),
        ("chats", {"chat": "设备部", "install": {}}, 400),
        ("say", {"person": "sunli", "to": "bot", "kind": 5}, 400),
        ("say", {"person": "sunli", "to": "nowhere", "kind": "picture"}, 404),
        ("say", {"person": "tianbo", "to": "生产一车间", "kind": "picture"}, 403),
    ],
)
async def test_acts_that_cannot_be_done_are_explained(path, body, status):
    async with living_corp() as corp:
        assert (await door(corp, path, status, **body))["error"]
