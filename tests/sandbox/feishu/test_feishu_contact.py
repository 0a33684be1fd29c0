"""Contacts, tokens, log-in, drive and the other small areas."""

import base64
import hashlib
import io

import aiohttp
import pytest
from feishu_town import office
from yarl import URL

from sandbox.clock import parse_duration
from sandbox.feishu import settings

CONTACT = "/open-apis/contact/v3"


async def turn(o, by):
    await o.town.clock.advance(parse_duration(by))


async def test_the_same_token_until_half_an_hour_is_left():
    async with office() as o:
        body = {"app_id": o.feishu.app_id, "app_secret": o.feishu.app_secret}
        path = "/open-apis/auth/v3/tenant_access_token/internal"

        async def fetch():
            _, answer = await o.call("POST", path, body, token="")
            return answer["tenant_access_token"], answer["expire"]

        first, life = await fetch()
        await turn(o, "90m")
        assert await fetch() == (first, 1800)
        await turn(o, "1s")
        second, _ = await fetch()
        assert (life, second != first) == (7200, True)
        assert (await o.call("GET", CONTACT + "/scopes", token=first))[0] == 200
        await turn(o, "30m")
        assert (await o.call("GET", CONTACT + "/scopes", token=first))[1]["code"] == 99991663
        assert (await o.call("GET", CONTACT + "/scopes", token=second))[0] == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, 99991661),
        ("Bearer x", 99991671),
        ("Basic t-x", 99991671),
        ("Bearer t-x", 99991663),
        ("Bearer u-x", 99991668),
    ],
)
async def test_a_bad_token_is_named(header, code):
    async with office() as o:
        headers = {"Authorization": header} if header else {}
        async with o.talk.http.get(o.town.url + CONTACT + "/scopes", headers=headers) as answer:
            body = await answer.json()
        assert (body["code"], body["error"]["log_id"]) == (code, answer.headers["X-Tt-Logid"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 10003),
        ({"app_id": "cli_x", "app_secret": "y"}, 10003),
        ({"app_id": "own", "app_secret": "y"}, 10015),
        ({"app_id": 3, "app_secret": []}, 10003),
    ],
)
async def test_the_token_call_fails_with_http_200(body, code):
    async with office() as o:
        body = {key: o.feishu.app_id if value == "own" else value for key, value in body.items()}
        status, answer = await o.call(
            "POST", "/open-apis/auth/v3/tenant_access_token/internal", body, token=""
        )
        assert (status, answer["code"]) == (200, code)


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("GET", "/open-apis/im/v9/none", 404, 99991201), ("DELETE", "/open-apis/im/v1/messages", 405, 99991301),
])  # fmt: skip
async def test_an_unknown_path_and_method_come_in_the_envelope(method, path, status, code):
    async with office() as o:
        got, answer = await o.call(method, path)
        assert (got, answer["code"]) == (status, code)
        assert o.headers["X-Tt-Logid"]


async def test_missing_scopes_leave_fields_out_or_are_named():
    async with office() as o:
        path = f"{CONTACT}/users/{o.person('lixiang').id}"
        assert "mobile" not in (await o.ok("GET", path))["user"]
        await o.set(scopes={"contact:user.phone:readonly": True, "contact:user.base:readonly": False})
        user = (await o.ok("GET", path))["user"]
        assert ("mobile" in user, "name" in user) == (True, False)
        await o.set(scopes={"*": False})
        status, answer = await o.call("GET", path)
        assert (status, answer["code"]) == (400, 99991672)
        assert {"contact:contact.base:readonly"} <= {
            each["subject"] for each in answer["error"]["permission_violations"]
        }


async def test_nothing_outside_the_range_is_shown():
    async with office() as o:
        await o.set(contact_range=["研发部"])
        market = o.town.department_named("feishu", "市场部").id
        team = o.town.department_named("feishu", "接口组").id
        assert (await o.ok("GET", f"{CONTACT}/departments/{team}"))["department"]["name"] == "接口组"
        assert await o.code("GET", f"{CONTACT}/departments/{market}") == 40004
        assert await o.code("GET", f"{CONTACT}/departments/0/children") == 40014
        assert await o.code("GET", f"{CONTACT}/users/{o.person('王芳').id}") == 41050
        ids = [("user_ids", o.person("王芳").id), ("user_ids", o.person("lixiang").id)]
        async with o.talk.http.get(
            o.town.url + CONTACT + "/users/batch", params=ids, headers={"Authorization": f"Bearer {o.token}"}
        ) as answer:
            assert [each["name"] for each in (await answer.json())["data"]["items"]] == ["李想"]
        assert (await o.ok("GET", CONTACT + "/scopes"))["department_ids"] == [
            o.town.department_named("feishu", "研发部").id
        ]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/departments/od-x", {}, 40015),
        ("/departments/0/children", {"page_size": 51}, 40011),
        ("/departments/0/children", {"page_token": "x"}, 40012),
        ("/users/ou_x", {}, 41012),
        ("/users/batch", {}, 40001),
        ("/departments/parent", {}, 44102),
        ("/users/find_by_department", {}, 99992402),
        ("/users/ou_x", {"user_id_type": "x"}, 99992402),
    ],
)
async def test_contact_errors(path, query, code):
    async with office() as o:
        assert await o.code("GET", CONTACT + path, **query) == code


async def test_departments_by_their_own_ids_and_parents():
    async with office() as o:
        team = o.town.department_named("feishu", "接口组").id
        own = (await o.ok("GET", f"{CONTACT}/departments/{team}"))["department"]["department_id"]
        again = (await o.ok("GET", f"{CONTACT}/departments/{own}", department_id_type="department_id"))[
            "department"
        ]
        assert (again["open_department_id"], again["order"].isdigit()) == (team, True)
        above = await o.ok("GET", CONTACT + "/departments/parent", department_id=team)
        assert [each["name"] for each in above["items"]] == ["研发部"]
        everyone = await o.ok("GET", f"{CONTACT}/departments/0/children", fetch_child="true", page_size=50)
        assert len(everyone["items"]) == 15
        await o.set(largest_recursion=3)
        assert await o.code("GET", f"{CONTACT}/departments/0/children", fetch_child="true") == 43010


async def test_people_are_found_by_their_number():
    async with office() as o:
        li = o.person("lixiang")
        body = {"mobiles": ["+86" + li.mobile, "+8613000000000"], "emails": ["x@y.example"]}
        found = (await o.ok("POST", CONTACT + "/users/batch_get_id", body))["user_list"]
        assert [each.get("user_id") for each in found] == [None, li.id, None]


async def test_changes_of_people_are_told():
    async with office() as o, o.line() as line:
        who = {"platform": "feishu", "person": o.person("hexiao").id}
        market = o.town.department_named("feishu", "市场部")
        await o.talk.post("/_sandbox/people", {**who, "move": ["市场部"], "head": True})
        moved = (await line.next("contact.user.updated_v3"))["event"]
        assert moved["object"]["department_ids"] == [market.id]
        assert moved["old_object"]["department_ids"] == [o.town.department_named("feishu", "人力资源部").id]
        led = (await line.next("contact.department.updated_v3"))["event"]
        assert (led["object"]["leader_user_id"], led["old_object"]["leader_user_id"]) == (
            who["person"], o.person("王芳").id,
        )  # fmt: skip
        await o.talk.post("/_sandbox/people", {**who, "rename": "何小"})
        assert (await line.next("contact.user.updated_v3"))["event"]["old_object"] == {"name": "何晓"}
        await o.talk.post("/_sandbox/people", {**who, "leave": True})
        gone = (await line.next("contact.user.deleted_v3"))["event"]
        assert (gone["old_object"]["open_id"], "department_ids" in gone["object"]) == (who["person"], False)


# -- log-in

AUTHORIZE = "/open-apis/authen/v1/authorize"
TOKEN = "/open-apis/authen/v2/oauth/token"
HOME = "http://127.0.0.1:1/back"


async def logged_in(o, person="lixiang", verifier="", **more):
    query = {"client_id": o.feishu.app_id, "response_type": "code", "redirect_uri": HOME, "state": "s"}
    if verifier:
        digest = hashlib.sha256(verifier.encode()).digest()
        query["code_challenge"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        query["code_challenge_method"] = "S256"
    params = {**query, "person": person, **more}
    async with o.talk.http.get(o.town.url + AUTHORIZE, params=params, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        return URL(answer.headers["Location"]).query


async def exchange(o, code="", **more):
    body = {
        "grant_type": "authorization_code", "client_id": o.feishu.app_id, "client_secret": o.feishu.app_secret,
        "code": code, "redirect_uri": HOME, **more,
    }  # fmt: skip
    return await o.call("POST", TOKEN, body, token="")


async def test_a_person_logs_in_once_with_a_code():
    async with office() as o:
        back = await logged_in(o, scope="contact:user.base:readonly offline_access")
        assert back["state"] == "s"
        status, token = await exchange(o, back["code"])
        assert (status, token["code"], len(token["access_token"]) > 1000) == (200, 0, True)
        _, info = await o.call("GET", "/open-apis/authen/v1/user_info", token=token["access_token"])
        assert (info["data"]["name"], info["data"]["open_id"]) == ("李想", o.person("lixiang").id)
        assert (await exchange(o, back["code"]))[1]["code"] == 20065
        refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
        assert (await exchange(o, **refresh))[1]["code"] == 0
        assert (await exchange(o, **refresh))[1]["code"] == 20073
        await turn(o, "2h")
        _, late = await o.call("GET", "/open-apis/authen/v1/user_info", token=token["access_token"])
        assert late["code"] == 99991677


async def test_a_call_for_people_takes_their_token_only():
    async with office() as o:
        path = CONTACT + "/departments/search"
        token = o.feishu.tokens.of_person(o.person("lixiang"), "").value
        _, answer = await o.call("POST", path, {"query": "研发"}, token=token)
        assert [each["name"] for each in answer["data"]["items"]] == ["研发部", "乌鲁木齐研发组"]
        assert await o.code("POST", path, {"query": "研发"}) == 99991663
        assert (await o.call("GET", CONTACT + "/scopes", token=token))[1]["code"] == 99991668
        body = {"app_id": o.feishu.app_id, "app_secret": o.feishu.app_secret}
        _, of_app = await o.call("POST", "/open-apis/auth/v3/app_access_token/internal", body, token="")
        assert (of_app["code"], of_app["app_access_token"][:2]) == (0, "t-")


@pytest.mark.parametrize(
    "wrong",
    [
        {"card_frames": "x"},
        {"split_bytes": -1},
        {"webhook_url": "ftp://x"},
        {"client_config": {"PingInterval": "2"}},
    ],
)
def test_a_setting_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError):
        settings.check({f"feishu.{key}": value for key, value in wrong.items()})


async def test_what_is_wrong_with_a_code_is_named():
    async with office() as o:
        assert (await exchange(o, "none"))[1]["code"] == 20003
        code = (await logged_in(o, verifier="v" * 43))["code"]
        assert (await exchange(o, code))[1]["code"] == 20049
        assert (await exchange(o, code, redirect_uri="http://x.example"))[1]["code"] == 20071
        assert (await exchange(o, code, client_secret="x"))[1]["code"] == 20002
        assert (await exchange(o, code, code_verifier="v" * 43))[1]["code"] == 0
        late = (await logged_in(o))["code"]
        await turn(o, "5m")
        status, answer = await exchange(o, late)
        assert (status, answer["code"], answer["error"]) == (400, 20004, "invalid_grant")
        await o.set(availability=["市场部"])
        assert (await exchange(o, (await logged_in(o))["code"]))[1]["code"] == 20010
        assert (await logged_in(o, deny="1"))["error"] == "access_denied"


async def test_the_page_lists_people_and_refuses_bad_requests():
    async with office() as o:
        query = {"client_id": o.feishu.app_id, "response_type": "code", "redirect_uri": HOME}
        async with o.talk.http.get(o.town.url + AUTHORIZE, params=query) as answer:
            assert (answer.status, "李想" in await answer.text()) == (200, True)
        for wrong in ({"client_id": "x"}, {"redirect_uri": "javascript:x"}, {"scope": "im:none"}):
            async with o.talk.http.get(o.town.url + AUTHORIZE, params={**query, **wrong}) as answer:
                assert answer.status == 400


# -- drive, wiki, calendar, approval


async def test_folders_are_made_twice_under_one_name():
    async with office() as o:
        path = "/open-apis/drive/v1/files"
        root = (await o.ok("GET", "/open-apis/drive/explorer/v2/root_folder/meta"))["token"]
        first, second = [
            (await o.ok("POST", path + "/create_folder", {"name": "2026-09", "folder_token": root}))["token"]
            for _ in range(2)
        ]
        listed = await o.ok("GET", path, folder_token=root, page_size=1)
        assert (first != second, listed["has_more"], "page_token" in listed) == (True, True, False)
        rest = await o.ok("GET", path, folder_token=root, page_size=1, page_token=listed["next_page_token"])
        assert {listed["files"][0]["token"], rest["files"][0]["token"]} == {first, second}
        share = f"/open-apis/drive/v1/permissions/{first}/members"
        member = {"member_type": "openchat", "member_id": o.chat("研发部").id, "perm": "view"}
        assert (await o.ok("POST", share, member, type="folder"))["member"] == member
        assert (
            await o.code("POST", share, {**member, "member_type": "opendepartmentid"}, type="folder")
            == 1063002
        )
        assert (
            await o.code("POST", share, {**member, "member_id": o.chat("销售部").id}, type="folder")
            == 1063002
        )
        form = aiohttp.FormData()
        for key, value in (
            ("file_name", "a.txt"),
            ("parent_type", "explorer"),
            ("parent_node", first),
            ("size", "3"),
        ):
            form.add_field(key, value)
        form.add_field("file", io.BytesIO(b"abc"), filename="a.txt")
        assert (await o.call("POST", path + "/upload_all", data=form))[1]["code"] == 0
        assert (await o.ok("GET", path, folder_token=first))["files"][0]["name"] == "a.txt"


async def test_a_wiki_is_empty_until_a_person_opens_a_space():
    async with office() as o:
        path = "/open-apis/wiki/v2/spaces"
        assert (await o.ok("GET", path))["items"] == []
        await o.set(wiki_spaces=["制度"])
        [space] = (await o.ok("GET", path))["items"]
        nodes = f"{path}/{space['space_id']}/nodes"
        await o.ok("POST", nodes, {"obj_type": "docx", "node_type": "origin", "title": "请假"})
        assert [each["title"] for each in (await o.ok("GET", nodes))["items"]] == ["请假"]
        assert await o.code("GET", path + "/1/nodes") == 131006


async def test_an_event_in_the_calendar_is_made_once():
    async with office() as o:
        base = "/open-apis/calendar/v4/calendars"
        calendar = (await o.ok("POST", base + "/primary"))["calendars"][0]["calendar"]["calendar_id"]
        body = {
            "summary": "例会",
            "start_time": {"timestamp": "1788750000"},
            "end_time": {"timestamp": "1788753600"},
        }
        path = f"{base}/{calendar}/events"
        first = (await o.ok("POST", path, body, idempotency_key="k"))["event"]["event_id"]
        assert (await o.ok("POST", path, body, idempotency_key="k"))["event"]["event_id"] == first
        who = {"attendees": [{"type": "user", "user_id": o.person("lixiang").id}]}
        invited = await o.ok("POST", f"{path}/{first}/attendees", who)
        assert invited["attendees"][0]["display_name"] == "李想"


async def test_an_approval_with_the_same_uuid_is_refused():
    async with office() as o:
        await o.set(approvals={"LEAVE": True, "OLD": False})
        path = "/open-apis/approval/v4/instances"
        form = '[{"id":"w1","type":"input","value":"病"}]'
        body = {"approval_code": "LEAVE", "open_id": o.person("lixiang").id, "form": form, "uuid": "u"}
        made = (await o.ok("POST", path, body))["instance_code"]
        assert (await o.ok("GET", f"{path}/{made}"))["status"] == "PENDING"
        codes = [
            await o.code("POST", path, {**body, **more})
            for more in ({}, {"approval_code": "OLD"}, {"approval_code": "X"}, {"form": "x"})
        ]
        assert codes == [60012, 1390015, 1390002, 1390001]
