"""Knowledge bases, group announcements, files by their space, and internal groups; most calls by the vendor's client."""

import pytest
from dingtalk_town import living_corp
from generated_client import Vendor

from sandbox.clock import parse_duration


async def put(corp, info, content, **more):
    signed = info["headerSignatureInfo"]
    headers = {**signed["headers"], "Content-Type": ""} | more
    async with corp.talk.http.put(signed["resourceUrls"][0], data=content, headers=headers) as answer:
        return answer.status


async def test_a_knowledge_base_and_its_documents():
    async with living_corp() as corp:
        vendor, union_id = Vendor(corp), corp.ding.ids.union_id(corp.person("sunli"))
        who = {"operatorId": union_id}
        body = {"name": "制度", "option": {"description": "全公司"}} | who
        space = (await vendor("wiki_2_0", "AddWorkspace", body))["workspace"]
        listed = await vendor("wiki_2_0", "ListWorkspaces", who | {"maxResults": 10})
        assert [each["workspaceId"] for each in listed["workspaces"]] == [space["workspaceId"]]

        folder = await vendor(
            "doc_1_0", "CreateWorkspaceDoc", who | {"name": "2026", "docType": "FOLDER"}, space["workspaceId"]
        )
        page = who | {"name": "考勤", "docType": "DOC", "parentNodeId": folder["nodeId"]}
        made = await vendor("doc_1_0", "CreateWorkspaceDoc", page, space["workspaceId"])
        status, said = await corp.new("POST", f"/v1.0/doc/workspaces/{space['workspaceId']}/docs", page)
        assert (status, said["code"]) == (400, "nameConflict")
        text = who | {"content": "# 考勤\n九点上班", "dataType": "markdown"}
        await vendor("doc_1_0", "DocUpdateContent", text, made["docKey"])
        root = {"parentNodeId": space["rootNodeId"], "maxResults": 50}
        [top] = (await vendor("wiki_2_0", "ListNodes", who | root))["nodes"]
        assert (top["type"], top["hasChildren"], top["name"]) == ("FOLDER", True, "2026")
        below = {"parentNodeId": folder["nodeId"], "maxResults": 50}
        [node] = (await vendor("wiki_2_0", "ListNodes", who | below))["nodes"]
        assert (node["nodeId"], node["extension"], node["size"] > 0) == (made["nodeId"], "adoc", True)
        await vendor("doc_1_0", "DeleteWorkspaceDoc", who, space["workspaceId"], folder["nodeId"])
        assert (await vendor("wiki_2_0", "ListNodes", who | root))["nodes"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"operatorId": "nobody"}, "paramError.operatorId"),
        ({"docType": "PICTURE"}, "parameter.invalid"),
        ({"parentNodeId": "none"}, "nodeNotExist"),
        ({"name": None}, "Missingname"),
    ],
)
async def test_documents_that_are_refused(change, code):
    async with living_corp() as corp:
        who = {"operatorId": corp.ding.ids.union_id(corp.person("sunli"))}
        made = await corp.ok("POST", "/v2.0/wiki/workspaces", {"name": "制度"}, **who)
        path = f"/v1.0/doc/workspaces/{made['workspace']['workspaceId']}/docs"
        body = {"name": "x", "docType": "DOC", **who, **change}
        status, said = await corp.new("POST", path, {k: v for k, v in body.items() if v is not None})
        assert (status >= 400, said["code"]) == (True, code)
        other = {"name": "x", "docType": "DOC", "operatorId": corp.ding.ids.union_id(corp.person("heqiang"))}
        assert (await corp.new("POST", path, other))[1]["code"] == "forbidden.accessDenied"


async def test_an_announcement_of_a_group():
    async with living_corp() as corp:
        vendor, chat = Vendor(corp), corp.chat("设备部")
        member = next(each for each in chat.members if each != chat.owner)
        there, module = {"openConversationId": chat.id, "userId": chat.owner}, "group_blackboard_1_0"
        body = there | {"content": "周三停电", "sticky": False, "sendDing": False, "uniqueId": "u-1"}
        made = [await vendor(module, "CreateGroupBlackboardNew", body) for _ in range(2)]
        assert made[0] == made[1]
        [message] = chat.messages
        assert (message.sender, "周三停电" in message.text) == (chat.owner, True)
        await corp.ding.read(corp.ding.person(member), message)
        which = there | {"dataId": made[0]["dataId"]}
        shown = (await vendor(module, "GetGroupBlackboard", which))["result"]
        assert (shown["content"], int(shown["readCount"]), shown["userName"]) == ("周三停电", 1, "孙莉")
        second = await vendor(
            module, "CreateGroupBlackboardNew", there | {"content": "点检表", "sticky": True}
        )
        await vendor(module, "EditGroupBlackboard", which | {"content": "周四停电"})
        listed = await vendor(module, "ListGroupBlackboard", there | {"pageSize": 10})
        assert [(each["dataId"], each["content"]) for each in listed["blackboardList"]] == [
            (second["dataId"], "点检表"),
            (made[0]["dataId"], "周四停电"),
        ]
        await vendor(module, "DeleteGroupBlackboardNew", which)
        path = "/v1.0/groupBlackboard/blackboards"
        assert (await corp.new("POST", f"{path}/get", which))[1]["code"] == "dataNotExist"
        refused = await corp.new("POST", f"{path}/create", {**body, "userId": member})
        assert (refused[0], refused[1]["code"]) == (403, "permissionDenied")
        corp.set(undocumented_calls=False)
        assert (await corp.new("POST", f"{path}/list", there))[0] == 403


async def test_a_file_goes_into_a_space_in_time_and_is_copied():
    async with living_corp() as corp:
        vendor, union_id = Vendor(corp), corp.ding.ids.union_id(corp.person("sunli"))
        who = {"unionId": union_id}
        spaces = []
        for name in ("甲", "乙"):
            made = await vendor(
                "storage_1_0", "AddSpace", who | {"option": {"name": name, "ownerType": "USER"}}
            )
            spaces.append(made["space"]["id"])
        ask = who | {
            "protocol": "HEADER_SIGNATURE",
            "option": {"preCheckParam": {"name": "a.txt", "size": 3, "parentId": "0"}},
        }
        info = await vendor("storage_1_0", "GetFileUploadInfo", ask, spaces[0])
        assert await put(corp, info, b"abc", Authorization="x") == 403
        assert await put(corp, info, b"abc") == 200
        commit = who | {"uploadKey": info["uploadKey"], "name": "a.txt", "parentId": "0"}
        file = (await vendor("storage_1_0", "CommitFile", commit, spaces[0]))["dentry"]
        assert (file["name"], int(file["size"])) == ("a.txt", 3)
        target = who | {"targetSpaceId": spaces[1], "targetFolderId": "0"}
        copy = await vendor("storage_1_0", "CopyDentry", target, spaces[0], file["id"])
        assert copy["dentry"]["spaceId"] == spaces[1]
        fetched = await corp.ok(
            "POST", f"/v1.0/storage/spaces/{spaces[1]}/dentries/{copy['dentry']['id']}/downloadInfos/query", {}, **who
        )  # fmt: skip
        async with corp.talk.http.get(fetched["headerSignatureInfo"]["resourceUrls"][0]) as answer:
            assert await answer.read() == b"abc"
        late = await vendor("storage_1_0", "GetFileUploadInfo", ask, spaces[0])
        await corp.town.clock.advance(parse_duration("16m"))
        assert await put(corp, late, b"abc") == 403


async def test_internal_groups_as_a_member_sees_them_and_their_mute():
    async with living_corp() as corp:
        vendor, chat, worker = Vendor(corp), corp.chat("设备部"), corp.person("sunli")
        there = {"openConversationId": chat.id}
        said = await vendor("im_1_0", "GetInnerGroupMembers", there | {"userId": worker, "maxResults": 3})
        assert (said["userIds"], said["hasMore"], said["nextToken"]) == (list(chat.members)[:3], True, "3")
        found = await vendor(
            "im_1_0", "SearchInnerGroups", {"userId": worker, "searchKey": "设备", "maxResults": 9}
        )
        assert [each["title"] for each in found["groupInfos"]] == ["设备部"]
        for mode, speak in ((1, "admins"), (0, "all")):
            await vendor("im_1_0", "GroupBanWords", there | {"banWordsMode": mode})
            assert chat.speak == speak
