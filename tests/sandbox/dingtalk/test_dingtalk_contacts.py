"""People, departments and what is told when they change."""

from datetime import timedelta

from dingtalk_town import living_corp, streaming


async def test_the_tree_is_walked_department_by_department_and_page_by_page():
    async with living_corp() as corp:
        found, todo = set(), [1]
        while todo:
            department = todo.pop()
            children = (await corp.old("/topapi/v2/department/listsub", {"dept_id": department}))["result"]
            todo += [each["dept_id"] for each in children]
            cursor, more = 0, True
            while more:
                body = {"dept_id": department, "cursor": cursor, "size": 10}
                page = (await corp.old("/topapi/v2/user/list", body))["result"]
                found |= {each["userid"] for each in page["list"]}
                more, cursor = page["has_more"], page.get("next_cursor")
            await corp.town.clock.advance(timedelta(seconds=1))
        assert found == {each.id for each in corp.town.people["dingtalk"].values()}


async def test_a_person_has_true_types_and_no_empty_fields():
    async with living_corp() as corp:
        user = (await corp.old("/topapi/v2/user/get", {"userid": corp.person("sunli")}))["result"]
        department = int(corp.ding.department("设备部"))
        assert user["leader_in_dept"] == [{"dept_id": department, "leader": True}]
        assert user["manager_userid"] == corp.person("heqiang")
        assert "email" not in user
        assert "mobile" in user
        corp.set(scopes={"fieldMobile": False})
        assert (
            "mobile"
            not in (await corp.old("/topapi/v2/user/get", {"userid": corp.person("sunli")}))["result"]
        )
        found = await corp.old("/topapi/user/getbyunionid", {"unionid": user["unionid"]})
        assert found["result"]["userid"] == user["userid"]
        by_mobile = await corp.old("/topapi/v2/user/getbymobile", {"mobile": user["mobile"]})
        assert by_mobile["result"]["userid"] == user["userid"]


async def test_forms_are_taken_by_the_old_host_as_well():
    async with living_corp() as corp:
        url = f"{corp.town.url}/topapi/v2/user/list?access_token={corp.token}"
        form = {"dept_id": corp.ding.department("设备部"), "cursor": "0", "size": "3"}
        async with corp.talk.http.post(url, data=form) as answer:
            assert len((await answer.json())["result"]["list"]) == 3


async def test_outside_the_contact_range_there_is_nothing_to_see():
    async with living_corp() as corp:
        corp.set(contact_range=["设备部"])
        outside, inside = corp.ding.department("仓储部"), corp.ding.department("设备部")
        assert (await corp.old("/topapi/v2/department/get", {"dept_id": outside}))["errcode"] == 50004
        assert (await corp.old("/topapi/v2/user/get", {"userid": corp.person("heqiang")}))["errcode"] == 50002
        assert (await corp.old("/topapi/v2/user/get", {"userid": corp.person("sunli")}))["errcode"] == 0
        scopes = await corp.old("/auth/scopes", method="GET")
        assert scopes["auth_org_scopes"]["authed_dept"] == [int(inside)]


async def test_people_who_left_are_unknown():
    async with living_corp() as corp:
        person = corp.person("sunli")
        await corp.ding.leave(corp.ding.person("sunli"))
        assert (await corp.old("/topapi/v2/user/get", {"userid": person}))["errcode"] == 60121
        assert (await corp.send_to_people([person]))[1]["invalidStaffIdList"] == [person]


async def test_administrators_and_roles():
    async with living_corp() as corp:
        corp.set(admins=["heqiang"])
        admins = (await corp.old("/topapi/user/listadmin", {}))["result"]
        assert {each["userid"]: each["sys_level"] for each in admins} == {
            corp.person("zhoumin"): 1, corp.person("heqiang"): 2
        }  # fmt: skip
        [group] = (await corp.old("/topapi/role/list", {}))["result"]["list"]
        roles = {each["name"]: each["id"] for each in group["roles"]}
        heads = (await corp.old("/topapi/role/simplelist", {"role_id": roles["主管"]}))["result"]["list"]
        assert corp.person("sunli") in [each["userid"] for each in heads]


async def test_what_people_do_is_told_as_events():
    async with living_corp() as corp, streaming(corp) as stream:
        ding, chat, worker = corp.ding, corp.chat("设备部"), corp.ding.person("sunli")
        told = []

        async def take(*kinds):
            frames = [await stream.take(data={}) for _ in kinds]
            assert [frame["headers"]["eventType"] for frame in frames] == list(kinds)
            told.extend(frame["data"] for frame in frames)

        new = await ding.join("郑新", [ding.department("设备部")])
        await take("user_add_org", "user_active_org")
        await ding.move(new, [ding.department("仓储部")])
        await take("user_modify_org")
        await ding.change_chat(chat, {"add": [new.id]})
        await take("chat_add_member")
        assert (told[-1]["userId"], told[-1]["openConversationId"]) == ([new.id], chat.id)
        await ding.change_chat(chat, {"owner": new.id, "name": "设备组"})
        await take("chat_update_title", "chat_update_owner")
        assert "chatId" not in told[-1]
        await ding.change_chat(chat, {"speak": "admins", "remove": [worker.id]})
        await take("chat_remove_member")
        await ding.dissolve_chat(chat)
        await take("chat_disband")
        await ding.leave(new)
        await take("user_leave_org")


async def test_for_which_groups_events_fire_is_a_setting():
    async with living_corp() as corp, streaming(corp) as stream:
        without, with_robot = corp.chat("生产一车间"), corp.chat("设备部")
        await corp.ding.change_chat(without, {"name": "一"})
        await corp.ding.change_chat(with_robot, {"name": "二"})
        assert (await stream.take(data={}))["data"]["title"] == "二"
        corp.set(chat_events_for="app")
        await corp.ding.change_chat(with_robot, {"name": "三"})
        corp.set(chat_events_for="all")
        await corp.ding.change_chat(without, {"name": "四"})
        assert (await stream.take(data={}))["data"]["title"] == "四"


async def test_departments_are_made_renamed_and_removed():
    async with living_corp() as corp, streaming(corp) as stream:
        made = await corp.old("/topapi/v2/department/create", {"name": "新线", "parent_id": 1})
        number = made["result"]["dept_id"]
        assert (await stream.take(data={}))["data"] == {"deptId": [number]}
        assert (await corp.old("/topapi/v2/department/create", {"name": "新线", "parent_id": 1}))[
            "errcode"
        ] == 60008
        await corp.old("/topapi/v2/department/update", {"dept_id": number, "name": "新产线"})
        await stream.take(data={})
        assert (await corp.old("/topapi/v2/department/get", {"dept_id": number}))["result"][
            "name"
        ] == "新产线"
        await corp.old("/topapi/v2/department/delete", {"dept_id": number})
        assert (await stream.take(data={}))["headers"]["eventType"] == "org_dept_remove"
        assert (await corp.old("/topapi/v2/department/delete", {"dept_id": 1}))["errcode"] == 60010


async def test_a_company_without_the_named_account_has_a_main_administrator_all_the_same():
    async with living_corp(company="large:200") as corp:
        [admin] = (await corp.old("/topapi/user/listadmin", {}))["result"]
        assert admin == {"userid": next(iter(corp.town.people["dingtalk"])), "sys_level": 1}
