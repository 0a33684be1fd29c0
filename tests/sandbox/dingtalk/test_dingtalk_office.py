"""Notices, DING, announcements, files, dates, decisions, to-dos and log-in."""

import base64
import hashlib
import json
import struct
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from Crypto.Cipher import AES
from dingtalk_town import living_corp, settled, streaming

from sandbox.clock import parse_duration

NOTICE = "/topapi/message/corpconversation"


def notice(corp, people, content="放假通知", **more):
    msg = {"msgtype": "text", "text": {"content": content}}
    return {"agent_id": corp.ding.ids.agent_id(), "userid_list": ",".join(people), "msg": msg} | more


async def test_the_same_notice_to_the_same_person_on_one_day_succeeds_and_does_not_arrive():
    async with living_corp() as corp:
        worker = corp.person("sunli")
        said = [await corp.old(f"{NOTICE}/asyncsend_v2", notice(corp, [worker, "x"])) for _ in range(2)]
        assert [each["errcode"] for each in said] == [0, 0]
        assert corp.texts(person=worker) == ["放假通知"]
        [message] = corp.town.messages_in("dingtalk", person=worker)
        await corp.ding.read(corp.ding.person("sunli"), message)
        results = []
        for each in said:
            body = {"agent_id": corp.ding.ids.agent_id(), "task_id": each["task_id"]}
            results.append((await corp.old(f"{NOTICE}/getsendresult", body))["send_result"])
        assert (results[0]["read_user_id_list"], results[0]["invalid_user_id_list"]) == ([worker], ["x"])
        assert results[1]["forbidden_list"] == [{"code": "143106", "count": 1, "userid": worker}]
        recall = {"agent_id": corp.ding.ids.agent_id(), "msg_task_id": said[0]["task_id"]}
        assert (await corp.old(f"{NOTICE}/recall", recall))["errcode"] == 0
        assert message.recalled
        await corp.town.clock.advance(parse_duration("24h"))
        await corp.login()
        await corp.old(f"{NOTICE}/asyncsend_v2", notice(corp, [worker]))
        assert corp.texts(person=worker) == ["放假通知"] * 2


async def test_notices_past_a_limit():
    async with living_corp() as corp:
        worker = corp.person("sunli")
        await corp.old(f"{NOTICE}/asyncsend_v2", notice(corp, [worker], "长" * 700))
        assert corp.texts(person=worker) == []
        codes = [
            (await corp.old(f"{NOTICE}/asyncsend_v2", notice(corp, people)))["errcode"]
            for people in ([str(n) for n in range(101)], [])
        ]
        assert codes == [40035, 40035]
        for n in range(4):
            await corp.old(f"{NOTICE}/asyncsend_v2", notice(corp, [], f"全员 {n}", to_all_user="true"))
        assert corp.texts(person=worker) == ["全员 0", "全员 1", "全员 2"]


async def test_a_ding_reaches_people_if_it_was_paid_for():
    async with living_corp() as corp:
        worker, path = corp.person("sunli"), "/v1.0/robot/ding/send"
        body = {
            "robotCode": corp.ding.robot_code,
            "remindType": 1,
            "receiverUserIdList": [worker, "x"],
            "content": "请确认",
        }
        said = await corp.ok("POST", path, body)
        assert said["failedList"] == {"user.notExist": ["x"]}
        assert corp.texts(person=worker) == ["请确认"]
        query = {"robotCode": corp.ding.robot_code, "openDingId": said["openDingId"]}
        read = await corp.ok("POST", "/v1.0/robot/ding/readStatuses/query", query)
        assert read["result"]["robotDingReadInfoList"] == [{"userId": worker, "readStatus": "UNREAD"}]
        await corp.ok("POST", "/v1.0/robot/ding/recall", query)
        assert (await corp.new("POST", path, body | {"remindType": 3}))[1][
            "code"
        ] == "ding.serverquota.insufficient"
        many = body | {"remindType": 2, "receiverUserIdList": [str(n) for n in range(21)]}
        assert (await corp.new("POST", path, many))[1]["code"] == "ding.receivercount.limit"
        corp.set(ding_needs_professional=True)
        assert (await corp.new("POST", path, body))[0] == 403


async def test_an_announcement_has_its_id_in_the_event_only_and_counts_its_readers():
    async with living_corp() as corp, streaming(corp) as stream:
        admin, worker = corp.person("zhoumin"), corp.person("sunli")
        request = {
            "operation_userid": admin, "author": "行政部", "title": "制度", "content": "请阅读",
            "blackboard_receiver": {"deptid_list": [], "userid_list": [worker, corp.person("heqiang")]},
        }  # fmt: skip
        made = await corp.old("/topapi/blackboard/create", {"create_request": request})
        assert set(made) == {"errcode", "errmsg", "request_id", "result", "success"}
        event = await stream.take(data={})
        number = event["data"]["blackboardId"]
        assert (
            json.loads(event["data"]["receivers"]["staffIds"])
            == request["blackboard_receiver"]["userid_list"]
        )
        [message] = corp.town.messages_in("dingtalk", person=worker)
        await corp.ding.read(corp.ding.person("sunli"), message)
        query = {"operationUserId": admin, "blackboardId": number}
        details = await corp.ok("GET", "/v1.0/blackboard/get_blackboard", **query)
        assert (details["readCount"], details["unReadCount"]) == (1, 1)
        readers = await corp.ok("GET", "/v1.0/blackboard/readers", maxResults="500", **query)
        assert {each["userId"]: each["read"] for each in readers["users"]}[worker] == "true"
        assert (await corp.new("GET", "/v1.0/blackboard/readers", **query | {"operationUserId": worker}))[
            0
        ] == 403
        listing = {"query_request": {"operation_userid": admin, "page": 1, "page_size": 30}}
        assert (await corp.old("/topapi/blackboard/listids", listing))["result"] == [number]
        await corp.old("/topapi/blackboard/delete", {"blackboard_id": number, "operation_userid": admin})
        assert (await corp.old("/topapi/blackboard/listids", listing))["result"] == []
        request["operation_userid"] = worker
        assert (await corp.old("/topapi/blackboard/create", {"create_request": request}))["errcode"] == 60011


async def test_media_is_taken_by_type_and_size():
    async with living_corp() as corp:

        async def upload(kind, name):
            form = aiohttp.FormData()
            form.add_field("type", kind)
            form.add_field("media", b"x" * 10, filename=name)
            url = f"{corp.town.url}/media/upload?access_token={corp.token}"
            async with corp.talk.http.post(url, data=form) as answer:
                return await answer.json()

        assert (await upload("image", "a.png"))["media_id"].startswith("@lAD")
        assert [(await upload(*each))["errcode"] for each in (("image", "a.exe"), ("nothing", "a.png"))] == [
            40005,
            40004,
        ]
        code = corp.ding.media.add_file("表.xlsx", b"1,2")
        body = {"robotCode": corp.ding.robot_code, "downloadCode": code}
        url = (await corp.ok("POST", "/v1.0/robot/messageFiles/download", body))["downloadUrl"]
        async with corp.talk.http.get(url) as answer:
            assert await answer.read() == b"1,2"
        status, said = await corp.new(
            "POST", "/v1.0/robot/messageFiles/download", body | {"downloadCode": "x"}
        )
        assert (status, said["code"]) == (400, "invalidParameter.robotCode.downloadCode")


async def test_folders_are_made_once_and_a_file_goes_through_three_steps():
    async with living_corp() as corp:
        union_id = corp.ding.ids.union_id(corp.person("sunli"))
        body = {"option": {"name": "驿站", "scene": "yizhan", "sceneId": "1", "ownerType": "USER"}}
        spaces = [await corp.ok("POST", "/v1.0/storage/spaces", body, unionId=union_id) for _ in range(2)]
        assert spaces[0] == spaces[1]
        space = spaces[0]["space"]["id"]
        path = f"/v1.0/storage/spaces/{space}/dentries"
        body = {"name": "研发", "option": {"conflictStrategy": "RETURN_DENTRY_IF_EXISTS"}}
        folders = [await corp.ok("POST", f"{path}/0/folders", body, unionId=union_id) for _ in range(2)]
        assert folders[0] == folders[1]
        folder = folders[0]["dentry"]
        base = f"/v2.0/storage/spaces/files/{folder['uuid']}"
        info = await corp.ok(
            "POST", f"{base}/uploadInfos/query", {"protocol": "HEADER_SIGNATURE"}, unionId=union_id
        )
        signed = info["headerSignatureInfo"]
        async with corp.talk.http.put(
            signed["resourceUrls"][0], data=b"abc", headers=signed["headers"] | {"Content-Type": ""}
        ) as answer:
            assert answer.status == 200
        commit = {"uploadKey": info["uploadKey"], "name": "记录.txt"}
        file = (await corp.ok("POST", f"{base}/commit", commit, unionId=union_id))["dentry"]
        assert (file["path"], file["size"]) == ("/研发/记录.txt", 3)
        listed = await corp.ok("GET", path, parentId=folder["id"], unionId=union_id)
        assert [each["name"] for each in listed["dentries"]] == ["记录.txt"]
        other = corp.ding.ids.union_id(corp.person("heqiang"))
        assert (await corp.new("GET", path, parentId="0", unionId=other))[0] == 403
        grant = {"roleId": "READER", "members": [{"type": "USER", "id": other, "corpId": corp.ding.corp_id}]}
        await corp.ok(
            "POST", f"/v2.0/storage/spaces/dentries/{folder['uuid']}/permissions", grant, unionId=union_id
        )
        seen = [(await corp.new("GET", path, parentId=at, unionId=other))[0] for at in (folder["id"], "0")]
        assert seen == [200, 403]
        assert (await corp.new("POST", f"{path}/0/folders", {"name": "a|b"}, unionId=union_id))[0] == 400


async def test_a_date_is_made_once_for_each_token_of_a_day():
    async with living_corp() as corp:
        owner, guest = (corp.ding.ids.union_id(corp.person(each)) for each in ("sunli", "heqiang"))
        path = f"{corp.town.url}/v1.0/calendar/users/{owner}/calendars/primary/events"
        start = {"dateTime": "2026-09-08T10:00:00+08:00", "timeZone": "Asia/Shanghai"}
        body = {
            "summary": "例会",
            "start": start,
            "end": start | {"dateTime": "2026-09-08T11:00:00+08:00"},
            "attendees": [{"id": guest}],
        }
        headers = {"x-acs-dingtalk-access-token": corp.token, "x-client-token": "key-1"}
        ids = []
        for _ in range(2):
            async with corp.talk.http.post(path, json=body, headers=headers) as answer:
                ids.append((await answer.json())["id"])
        assert ids[0] == ids[1]
        query = {
            "userIds": [guest],
            "startTime": "2026-09-08T00:00:00+08:00",
            "endTime": "2026-09-09T00:00:00+08:00",
        }
        busy = await corp.ok("POST", f"/v1.0/calendar/users/{owner}/querySchedule", query)
        assert len(busy["scheduleInformation"][0]["scheduleItems"]) == 1
        await corp.ok("DELETE", f"/v1.0/calendar/users/{owner}/calendars/primary/events/{ids[0]}")
        assert (await corp.ok("GET", f"/v1.0/calendar/users/{guest}/calendars/primary/events"))[
            "events"
        ] == []


async def test_an_approval_goes_step_by_step():
    async with living_corp() as corp, streaming(corp) as stream:
        first, second = corp.person("sunli"), corp.person("heqiang")
        body = {
            "originatorUserId": corp.person("zhoumin"), "processCode": "PROC-1", "formComponentValues": [{"name": "原因", "value": "x"}],
            "approvers": [{"actionType": "NONE", "userIds": [first]}, {"actionType": "NONE", "userIds": [second]}],
        }  # fmt: skip
        path = "/v1.0/workflow/processInstances"
        number = (await corp.ok("POST", path, body))["instanceId"]

        async def state():
            return (await corp.ok("GET", path, processInstanceId=number))["result"]

        assert [task["status"] for task in (await state())["tasks"]] == ["RUNNING", "NEW"]
        for person in (first, second):
            task = next(task for task in (await state())["tasks"] if task["userId"] == person)
            decide = {
                "processInstanceId": number,
                "taskId": task["taskId"],
                "result": "agree",
                "actionerUserId": person,
            }
            await corp.ok("POST", f"{path}/execute", decide)
        done = await state()
        assert (done["status"], done["result"]) == ("COMPLETED", "agree")
        kinds = [(await stream.take(data={}))["headers"]["eventType"] for _ in range(6)]
        assert kinds.count("bpms_instance_change") == 2
        other = (await corp.ok("POST", path, body))["instanceId"]
        stop = {"processInstanceId": other, "isSystem": True, "remark": "x"}
        assert (await corp.new("POST", f"{path}/terminate", stop))[0] == 400
        listed = {"processCode": "PROC-1", "startTime": 0}
        assert (await corp.ok("POST", "/v1.0/workflow/processes/instanceIds/query", listed))["result"][
            "list"
        ] == [number, other]


async def test_a_to_do_is_one_for_each_source():
    async with living_corp() as corp:
        worker = corp.person("sunli")
        union_id = corp.ding.ids.union_id(worker)
        body = {
            "subject": "交表",
            "sourceId": "yz-1",
            "executorIds": [union_id],
            "detailUrl": {"appUrl": "https://x", "pcUrl": "https://x"},
        }
        path = f"/v1.0/todo/users/{union_id}/tasks"
        ids = [(await corp.ok("POST", path, body, operatorId=union_id))["id"] for _ in range(2)]
        assert ids[0] == ids[1]
        assert corp.texts(person=worker) == ["交表"]
        assert (await corp.new("POST", path, {"subject": "x"}))[1]["code"] == "MissingdetailUrl"


async def test_a_person_logs_in_through_the_browser():
    async with living_corp() as corp:
        query = {
            "redirect_uri": "http://127.0.0.1:1/back", "response_type": "code", "client_id": corp.ding.client_id,
            "scope": "openid corpid", "state": "s-1", "prompt": "consent",
        }  # fmt: skip
        url = f"{corp.town.url}/oauth2/auth"
        async with corp.talk.http.get(url, params=query) as page:
            assert "孙莉" in await page.text()
        async with corp.talk.http.get(url, params=query | {"as": "sunli"}, allow_redirects=False) as back:
            answer = parse_qs(urlsplit(back.headers["Location"]).query)
        assert (answer["state"], answer["code"]) == (["s-1"], answer["authCode"])
        body = {
            "clientId": corp.ding.client_id, "clientSecret": corp.ding.client_secret, "code": answer["code"][0],
            "grantType": "authorization_code",
        }  # fmt: skip
        tokens = await corp.ok("POST", "/v1.0/oauth2/userAccessToken", body)
        assert tokens["corpId"] == corp.ding.corp_id
        assert (await corp.new("POST", "/v1.0/oauth2/userAccessToken", body))[0] == 400
        me = await corp.ok("GET", "/v1.0/contact/users/me", token=tokens["accessToken"])
        found = await corp.old("/topapi/user/getbyunionid", {"unionid": me["unionId"]})
        assert found["result"]["userid"] == corp.person("sunli")
        assert (await corp.new("GET", "/v1.0/contact/users/me"))[0] == 400
        again = {"grantType": "refresh_token", "refreshToken": tokens["refreshToken"]}
        renewed = await corp.ok("POST", "/v1.0/oauth2/userAccessToken", body | again)
        assert renewed["accessToken"] != tokens["accessToken"]
        async with corp.talk.http.get(url, params=query | {"redirect_uri": "https://elsewhere"}) as refused:
            assert refused.status == 400


async def test_inside_the_client_a_code_names_the_person_once():
    async with living_corp() as corp:
        code = corp.ding.login.code(corp.ding.person("zhoumin"))
        said = (await corp.old("/topapi/v2/user/getuserinfo", {"code": code}))["result"]
        assert (said["userid"], said["sys_level"]) == (corp.person("zhoumin"), 1)
        assert (await corp.old("/topapi/v2/user/getuserinfo", {"code": code}))["errcode"] == 40078


class Receiver:
    """A server of the app that takes encrypted events, written from the page alone."""

    def __init__(self, token, key, owner):
        self.token, self.owner = token, owner
        self.key = base64.b64decode(key + "=")
        self.events = []
        self.accepts = True

    def cipher(self):
        return AES.new(self.key, AES.MODE_CBC, self.key[:16])

    def sign(self, *parts):
        return hashlib.sha1("".join(sorted((self.token, *parts))).encode()).hexdigest()

    async def take(self, request):
        sealed = (await request.json())["encrypt"]
        stamp, nonce = request.query["timestamp"], request.query["nonce"]
        assert request.query["signature"] == self.sign(stamp, nonce, sealed)
        plain = self.cipher().decrypt(base64.b64decode(sealed))
        size = struct.unpack(">I", plain[16:20])[0]
        end = 20 + size
        assert plain[end : len(plain) - plain[-1]].decode() == self.owner
        self.events.append(json.loads(plain[20:end]))
        word = b"success" if self.accepts else b"no"
        body = b"r" * 16 + struct.pack(">I", len(word)) + word + self.owner.encode()
        pad = 32 - len(body) % 32
        answer = base64.b64encode(self.cipher().encrypt(body + bytes([pad]) * pad)).decode()
        return web.json_response(
            {"msg_signature": self.sign("1", "n", answer), "timeStamp": "1", "nonce": "n", "encrypt": answer}
        )


@pytest.mark.parametrize("accepts", [True, False])
async def test_events_by_http_are_encrypted_and_repeated_until_they_are_taken(accepts):
    async with living_corp() as corp:
        push = corp.ding.http_push
        receiver = Receiver(push.token, push.aes_key, corp.ding.client_id)
        receiver.accepts = accepts
        app = web.Application()
        app.router.add_post("/events", receiver.take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            corp.set(event_url=f"http://127.0.0.1:{runner.addresses[0][1]}/events")
            await push.check()
            await corp.ding.rename(corp.ding.person("sunli"), "孙丽")
            await corp.town.clock.advance(parse_duration("10m"))
            await settled(lambda: corp.town.frames_open == 0)
        finally:
            await runner.cleanup()
        kinds = [event["EventType"] for event in receiver.events]
        assert kinds == ["check_url"] + ["user_modify_org"] * (1 if accepts else 3)
        assert receiver.events[-1]["userId"] == [corp.person("sunli")]
        failed = await corp.old("/call_back/get_call_back_failed_result", method="GET")
        assert len(failed["failed_list"]) == (0 if accepts else 1)
