"""Announcements, approvals and what stands on top, as people make them in the client."""

import asyncio

from dingtalk_town import living_corp, streaming

from sandbox.clock import parse_duration


async def door(corp, path, status=200, **body):
    return await corp.talk.post(f"/_sandbox/{path}", {"platform": "dingtalk", **body}, status)


async def event(stream):
    frame = await stream.take(data={"status": "SUCCESS", "message": "OK"})
    return frame["headers"]["eventType"], frame["data"]


async def test_a_timed_announcement_is_told_and_seen_when_it_is_due():
    async with living_corp() as corp, streaming(corp) as stream:
        worker, admin = corp.person("sunli"), corp.person("zhoumin")
        words = {"title": "放假", "content": "周五停产", "people": ["孙莉"]}
        at = "2026-09-07T10:00+08:00"
        number = (await door(corp, "announce", person="zhoumin", at=at, **words))["id"]
        listing = {"query_request": {"operation_userid": admin, "page": 1, "page_size": 10}}
        assert (await corp.old("/topapi/blackboard/listids", listing))["result"] == []
        status, _ = await corp.new(
            "GET", "/v1.0/blackboard/get_blackboard", operationUserId=admin, blackboardId=number
        )
        assert (status, corp.texts(person=worker)) == (400, [])
        (kind, told), _ = await asyncio.gather(event(stream), corp.talk.post("/_sandbox/clock", {"set": at}))
        assert (kind, told["blackboardId"], told["receivers"]["staffIds"]) == (
            "blackboard_sent",
            number,
            f'["{worker}"]',
        )
        assert corp.texts(person=worker) == ["放假\n周五停产"]
        assert (await corp.old("/topapi/blackboard/listids", listing))["result"] == [number]


async def test_only_administrators_of_announcements_make_them_and_ding_rings_as_well():
    async with living_corp() as corp:
        words = {"title": "放假", "content": "周五停产"}
        assert "公告管理员" in (await door(corp, "announce", 403, person="sunli", **words))["error"]
        corp.set(blackboard_admins=["sunli"])
        await door(corp, "announce", person="sunli", departments=["设备部"], ding=True, **words)
        kinds = [m.kind for m in corp.town.messages_in("dingtalk", person=corp.person("sunli"))]
        assert kinds == ["blackboard", "ding"]
        past = "2026-09-07T08:00+08:00"
        await door(corp, "announce", 400, person="sunli", at=past, **words)


async def test_a_changed_announcement_is_shown_anew_and_on_demand_told_anew():
    async with living_corp() as corp:
        admin, worker = corp.person("zhoumin"), corp.person("sunli")
        number = (await door(corp, "announce", person="zhoumin", title="一", content="旧", people=["孙莉"]))[
            "id"
        ]
        change = {"blackboard_id": number, "operation_userid": admin, "content": "新"}
        await corp.old("/topapi/blackboard/update", {"update_request": change})
        assert corp.texts(person=worker) == ["一\n新"]
        await corp.old("/topapi/blackboard/update", {"update_request": {**change, "notify": True}})
        assert corp.texts(person=worker) == ["一\n新", "一\n新"]


async def test_the_company_is_dissolved():
    async with living_corp() as corp, streaming(corp) as stream:
        await door(corp, "company", dissolve=True)
        assert await event(stream) == ("org_remove", {})


async def test_departments_made_changed_and_dropped_by_hand_are_told():
    async with living_corp() as corp, streaming(corp) as stream:
        made = await door(corp, "departments", create="模具组", parent="设备部")
        for change in ({}, {"rename": "模具室"}, {"drop": True}):
            if change:
                await door(corp, "departments", department=made["id"], **change)
            kind, told = await event(stream)
            wanted = {"rename": "org_dept_modify", "drop": "org_dept_remove"}.get(
                next(iter(change), ""), "org_dept_create"
            )
            assert (kind, told) == (wanted, {"deptId": [int(made["id"])]})


async def test_a_template_knows_who_approves_and_people_do_so_one_after_the_other():
    async with living_corp() as corp, streaming(corp) as stream:
        corp.set(approval_flows={"PROC-1": ["head", "何强"]})
        asker = next(each for each in corp.chat("设备部").members if each != corp.person("sunli"))
        body = {
            "originatorUserId": asker, "processCode": "PROC-1", "deptId": -1,
            "formComponentValues": [{"name": "事由", "value": "领料"}],
        }  # fmt: skip
        number = (await corp.ok("POST", "/v1.0/workflow/processInstances", body))["instanceId"]
        assert [(await event(stream))[0] for _ in range(2)] == ["bpms_instance_change", "bpms_task_change"]
        [waiting] = await corp.talk.get("/_sandbox/approvals", platform="dingtalk")
        assert (waiting["id"], waiting["waiting"]) == (number, [corp.person("sunli")])
        await door(corp, "approve", 403, person="heqiang", instance=number, verdict="agree")
        await door(corp, "approve", person="sunli", instance=number, verdict="agree", remark="可以")
        done = await door(corp, "approve", person="heqiang", instance=number, verdict="agree")
        assert (done["status"], done["result"], done["waiting"]) == ("COMPLETED", "agree", [])
        shown = await corp.ok("GET", "/v1.0/workflow/processInstances", processInstanceId=number)
        records = [
            (each["userId"], each["result"], each["remark"]) for each in shown["result"]["operationRecords"]
        ]
        assert records == [(corp.person("sunli"), "AGREE", "可以"), (corp.person("heqiang"), "AGREE", "")]
        await door(corp, "approve", 404, person="heqiang", instance="x", verdict="agree")


async def test_who_may_put_a_message_on_top_and_ding_is_the_groups_to_say():
    async with living_corp() as corp:
        owner, worker = corp.person("sunli"), corp.person("heqiang")
        scene = {
            "title": "项目", "template_id": corp.ding.group_template, "owner_user_id": owner, "user_ids": [owner, worker],
            "management_options": {"only_admin_can_set_msg_top": 1, "only_admin_can_ding": 1},
        }  # fmt: skip
        chat = (await corp.ok("POST", "/v1.0/im/sceneGroup/create", scene))["open_conversation_id"]
        said = await corp.say("heqiang", chat, "请看")
        assert "群主" in (await door(corp, "top", 403, person="heqiang", chat=chat, message_id=said))["error"]
        await door(corp, "top", person="sunli", chat=chat, message_id=said)
        assert corp.chat(chat).extra["top"] == said
        await door(corp, "urge", 403, person="heqiang", message_id=said, people=["sunli"])
        await door(corp, "urge", person="sunli", message_id=said, people=["heqiang"], kind="phone")
        assert corp.town.messages[said].extra["urged"] == {worker: "phone"}
        await door(corp, "pin", 403, person="sunli", message_id=said)


async def test_a_right_on_a_folder_reaches_down_not_up_and_ends_in_a_space_of_the_app():
    async with living_corp() as corp:
        maker, other = corp.person("sunli"), corp.person("heqiang")
        mine, his = corp.ding.ids.union_id(maker), corp.ding.ids.union_id(other)
        option = {"option": {"name": "资料", "scene": "yizhan", "sceneId": "1", "ownerType": "APP"}}
        space = (await corp.ok("POST", "/v1.0/storage/spaces", option, unionId=mine))["space"]["id"]
        base = f"/v1.0/storage/spaces/{space}/dentries"
        top = (await corp.ok("POST", f"{base}/0/folders", {"name": "项目A"}, unionId=mine))["dentry"]
        below = (await corp.ok("POST", f"{base}/{top['id']}/folders", {"name": "2026-09-07"}, unionId=mine))[
            "dentry"
        ]

        async def may_list(parent):
            return (await corp.new("GET", base, parentId=parent, unionId=his))[0]

        assert await may_list(top["id"]) == 403
        rights = f"/v2.0/storage/spaces/dentries/{top['uuid']}/permissions"
        grant = {"roleId": "READER", "members": [{"type": "USER", "id": his, "corpId": corp.ding.corp_id}]}
        assert (await corp.new("POST", rights, grant, unionId=mine))[0] == 400
        assert (await corp.new("POST", rights, {**grant, "option": {"duration": 3600}}, unionId=his))[
            0
        ] == 403
        await corp.ok("POST", rights, {**grant, "option": {"duration": 3600}}, unionId=mine)
        assert [await may_list(each) for each in (top["id"], below["id"], "0")] == [200, 200, 403]
        status, said = await corp.new("POST", f"{base}/{below['id']}/folders", {"name": "x"}, unionId=his)
        assert (status, said["code"]) == (403, "permissionDenied")
        await corp.town.clock.advance(parse_duration("1h"))
        assert await may_list(top["id"]) == 403


async def test_a_department_or_a_group_may_be_given_a_right_for_good_in_a_persons_space():
    async with living_corp() as corp:
        mine, group = corp.ding.ids.union_id(corp.person("sunli")), corp.chat("苏州工厂")
        option = {"option": {"name": "资料", "scene": "yizhan", "sceneId": "2", "ownerType": "USER"}}
        space = (await corp.ok("POST", "/v1.0/storage/spaces", option, unionId=mine))["space"]["id"]
        base = f"/v1.0/storage/spaces/{space}/dentries"
        folder = (await corp.ok("POST", f"{base}/0/folders", {"name": "a"}, unionId=mine))["dentry"]
        rights = f"/v2.0/storage/spaces/dentries/{folder['uuid']}/permissions"
        worker = next(iter(corp.town.department_named("dingtalk", "仓储部").members))
        his = corp.ding.ids.union_id(worker)
        inside = f"{base}/{folder['id']}/folders"
        for kind, who in (
            ("DEPT", corp.town.department_named("dingtalk", "苏州工厂").id),
            ("CONVERSATION", group.id),
        ):
            assert (await corp.new("POST", inside, {"name": kind}, unionId=his))[0] == 403
            await corp.ok(
                "POST", rights, {"roleId": "EDITOR", "members": [{"type": kind, "id": who, "corpId": corp.ding.corp_id}]},
                unionId=mine,
            )  # fmt: skip
            await corp.ok("POST", inside, {"name": kind}, unionId=his)
            corp.ding.storage.shelves.spaces[space].grants.clear()
