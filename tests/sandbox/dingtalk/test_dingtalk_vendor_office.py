"""The vendor's generated client walks through groups, files, dates and the rest of the office."""

from dingtalk_town import living_corp
from generated_client import Vendor

from sandbox.clock import parse_duration


async def test_groups():
    async with living_corp() as corp:
        vendor, owner, other = Vendor(corp), corp.person("sunli"), corp.person("heqiang")
        body = {
            "title": "项目A", "template_id": corp.ding.group_template, "owner_user_id": owner, "user_ids": [owner], "uuid": "u-1",
            "management_options": {"mention_all_authority": 1, "chat_banned_type": 1},
        }  # fmt: skip
        made = [await vendor("im_1_0", "CreateSceneGroup", body) for _ in range(2)]
        assert made[0] == made[1]
        chat = corp.town.chats["dingtalk"][made[0]["open_conversation_id"]]
        assert (chat.kind, chat.speak) == ("scene", "admins")
        where, there = {"open_conversation_id": chat.id}, {"openConversationId": chat.id}
        await vendor("im_1_0", "AddSceneGroupMember", where | {"user_ids": [other]})
        await vendor(
            "im_1_0",
            "UpdateSceneGroup",
            where | {"title": "项目B", "management_options": {"chat_banned_type": 0}},
        )
        await vendor("im_1_0", "UpdateGroupSubAdmin", there | {"userIds": [other], "role": 2})
        assert (chat.name, chat.speak, list(chat.admins)) == ("项目B", "all", [other])
        await vendor("im_1_0", "UpdateGroupSubAdmin", there | {"userIds": [other], "role": 3})
        mute = {"userIdList": [other], "muteStatus": 1, "muteDuration": 60_000}
        await vendor("im_1_0", "UpdateMemberBanWords", there | mute)
        muted = await vendor("im_1_0", "QueryGroupMuteStatus", there | {"userId": other})
        assert muted["userMuteResult"]["userMuteMode"] == 1
        await vendor("im_1_0", "UpdateMemberGroupNick", there | {"userId": other, "groupNick": "厂长"})
        members = await vendor("im_1_0", "BatchQueryGroupMember", there | {"maxResults": 100})
        assert (members["memberUserIds"], members["staffIdNickMap"][other]) == ([owner, other], "厂长")
        await vendor("im_1_0", "RemoveSceneGroupMember", where | {"user_ids": [other]})
        await vendor("im_1_0", "DsbandOpenSceneGroup", there)
        assert (await vendor("im_1_0", "GetSceneGroupInfo", there))["status"] == 2

        body = {
            "name": "通知群",
            "owner": owner,
            "ownerType": "emp",
            "useridlist": [owner, other],
            "conversationTag": 2,
        }
        group = await vendor("im_1_0", "CreateGroup", body)
        await vendor("im_1_0", "UpdateGroup", {"chatid": group["chatid"], "name": "新通知群"})
        found = await vendor("im_1_0", "ChatIdToOpenConversationId", None, group["chatid"])
        assert found["openConversationId"] == group["openConversationId"]
        assert corp.town.chats["dingtalk"][group["openConversationId"]].name == "新通知群"


async def test_dings_announcements_and_to_dos():
    async with living_corp() as corp:
        vendor, worker = Vendor(corp), corp.person("sunli")
        union_id = corp.ding.ids.union_id(worker)
        body = {
            "robotCode": corp.ding.robot_code,
            "remindType": 1,
            "receiverUserIdList": [worker],
            "content": "确认",
        }
        ding = {
            "robotCode": corp.ding.robot_code,
            "openDingId": (await vendor("robot_1_0", "RobotSendDing", body))["openDingId"],
        }
        await vendor("robot_1_0", "RobotRecallDing", ding)
        request = {"operation_userid": corp.person("zhoumin"), "title": "制度", "content": "x"}
        await corp.old("/topapi/blackboard/create", {"create_request": request})
        number = corp.town.messages_in("dingtalk", person=worker)[-1].extra["blackboard"]
        query = {"operationUserId": corp.person("zhoumin"), "blackboardId": number}
        readers = await vendor("blackboard_1_0", "QueryBlackboardReadUnRead", query | {"maxResults": 500})
        assert len(readers["users"]) == 65
        assert (await vendor("blackboard_1_0", "GetBlackboard", query))["unReadCount"] == 65
        task = {
            "subject": "交表",
            "executorIds": [union_id],
            "detailUrl": {"appUrl": "https://x", "pcUrl": "https://x"},
        }
        made = await vendor("todo_1_0", "CreateTodoTask", task | {"operatorId": union_id}, union_id)
        assert made["executorIds"] == [union_id]
        scopes = await vendor("micro_app_1_0", "GetMicroAppScope", None, str(corp.ding.ids.agent_id()))
        assert scopes["result"]["deptIds"] == [1]
        found = await vendor("contact_1_0", "SearchUser", {"queryWord": "孙莉", "offset": 0, "size": 10})
        assert found["list"] == [worker]


async def test_files_dates_and_decisions():
    async with living_corp() as corp:
        vendor, worker, other = Vendor(corp), corp.person("sunli"), corp.person("heqiang")
        union_id = corp.ding.ids.union_id(worker)
        space = await vendor(
            "storage_1_0", "AddSpace", {"unionId": union_id, "option": {"name": "驿站", "ownerType": "USER"}}
        )
        space_id = space["space"]["id"]
        folder = {
            "name": "研发",
            "unionId": union_id,
            "option": {"conflictStrategy": "RETURN_DENTRY_IF_EXISTS"},
        }
        made = await vendor("storage_1_0", "AddFolder", folder, space_id, "0")
        listed = await vendor("storage_1_0", "ListDentries", {"parentId": "0", "unionId": union_id}, space_id)
        assert [each["uuid"] for each in listed["dentries"]] == [made["dentry"]["uuid"]]
        start = {"dateTime": "2026-09-08T10:00:00+08:00", "timeZone": "Asia/Shanghai"}
        event = {"summary": "例会", "start": start, "end": start, "attendees": [{"id": union_id}]}
        date = await vendor("calendar_1_0", "CreateEvent", event, union_id, "primary")
        assert (await vendor("calendar_1_0", "GetEvent", {}, union_id, "primary", date["id"]))[
            "summary"
        ] == "例会"
        form = {
            "originatorUserId": worker, "processCode": "PROC-1", "formComponentValues": [{"name": "原因", "value": "x"}],
            "approvers": [{"actionType": "NONE", "userIds": [other]}],
        }  # fmt: skip
        number = (await vendor("workflow_1_0", "StartProcessInstance", form))["instanceId"]
        await corp.town.clock.advance(parse_duration("16s"))
        stop = {"processInstanceId": number, "isSystem": False, "operatingUserId": worker}
        await vendor("workflow_1_0", "TerminateProcessInstance", stop)
        state = await vendor("workflow_1_0", "GetProcessInstance", {"processInstanceId": number})
        assert state["result"]["status"] == "TERMINATED"


async def test_a_persons_token_and_the_stream():
    async with living_corp() as corp:
        vendor, ding = Vendor(corp), corp.ding
        code = ding.login.code(ding.person("sunli"), with_corp=True)
        who = {"clientId": ding.client_id, "clientSecret": ding.client_secret}
        tokens = await vendor(
            "oauth2_1_0", "GetUserToken", who | {"code": code, "grantType": "authorization_code"}
        )
        me = await vendor("contact_1_0", "GetUser", None, "me", token=tokens["accessToken"])
        assert me["unionId"] == ding.ids.union_id(corp.person("sunli"))
        opened = await vendor(
            "gateway_1_0", "OpenConnection", who | {"subscriptions": [{"type": "EVENT", "topic": "*"}]}
        )
        assert opened["endpoint"].startswith("ws://")
