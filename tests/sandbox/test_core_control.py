"""The control door: what it does, and how it answers what it cannot do."""

import json
import tomllib

import pytest
from aiohttp import web
from core_town import at, living_town

from sandbox import __main__ as program
from sandbox import config_file
from sandbox.feishu.platform import FeishuPlatform
from sandbox.model import BOT
from sandbox.recorder import Record, Recorder, note_message, readable

SAY = {"platform": "feishu", "person": "lixiang", "to": "bot", "text": "你好"}


async def test_what_a_person_says_stands_in_the_chat_and_in_the_direct_talk():
    async with living_town() as talk:
        direct = (await talk.post("/_sandbox/say", SAY))["message_id"]
        group = (await talk.post("/_sandbox/say", SAY | {"to": "羽毛球社", "mentions": ["bot", "赵小满"]}))[
            "message_id"
        ]
        mine = await talk.get("/_sandbox/messages", platform="feishu", person="lixiang")
        assert [m["id"] for m in mine] == [direct]
        [said] = await talk.get("/_sandbox/messages", platform="feishu", chat="羽毛球社")
        assert (said["id"], said["text"], said["mentions"][0]) == (group, "你好", BOT)
        after = await talk.get("/_sandbox/messages", platform="feishu", since=direct)
        assert [m["id"] for m in after] == [group]
        assert await talk.get("/_sandbox/messages", since=at("23:00").isoformat()) == []


async def test_who_may_not_speak_is_told_why():
    async with living_town() as talk:
        await talk.post("/_sandbox/chats", {"platform": "feishu", "chat": "研发部", "speak": "admins"})
        refused = await talk.post("/_sandbox/say", SAY | {"to": "研发部"}, 403)
        assert refused["error"] == "群主已设置仅群主和管理员可发言"
        await talk.post("/_sandbox/say", SAY | {"to": "市场部"}, 403)


async def test_reading_is_kept_with_its_moment():
    async with living_town() as talk:
        message = (await talk.post("/_sandbox/say", SAY | {"to": "羽毛球社"}))["message_id"]
        await talk.post("/_sandbox/clock", {"advance": "10m"})
        await talk.post("/_sandbox/read", {"platform": "feishu", "person": "赵小满", "message_id": message})
        [seen] = await talk.get("/_sandbox/messages", platform="feishu", chat="羽毛球社")
        assert list(seen["read_by"].values()) == [at("08:40").isoformat()]


async def test_people_join_move_are_renamed_and_leave():
    async with living_town() as talk:
        new = await talk.post(
            "/_sandbox/people", {"platform": "feishu", "join": "钱多多", "departments": ["财务部"]}
        )
        who = {"platform": "feishu", "person": new["id"]}
        moved = await talk.post(
            "/_sandbox/people", who | {"move": ["市场部"], "head": True, "rename": "钱不多"}
        )
        assert (moved["name"], moved["departments"], moved["head"]) == ("钱不多", ["市场部"], True)
        assert talk.town.department_named("feishu", "市场部").leader == new["id"]
        await talk.post("/_sandbox/people", who | {"leave": True})
        everybody = await talk.get("/_sandbox/people", platform="feishu")
        assert new["id"] not in [p["id"] for p in everybody]
        assert talk.town.department_named("feishu", "市场部").leader is None


@pytest.mark.parametrize("head", [{}, {"head": False}, {"head": True}])
async def test_who_moves_leads_what_they_left_no_longer(head):
    async with living_town() as talk:
        left, new = (talk.town.department_named("feishu", name) for name in ("市场部", "财务部"))
        who, stood_in = left.leader, new.leader
        moved = await talk.post(
            "/_sandbox/people", {"platform": "feishu", "person": who, "move": ["财务部"], **head}
        )
        leads = head.get("head", False)
        assert (left.leader, new.leader) == (None, who if leads else stood_in)
        heads = {each["id"]: each["head"] for each in await talk.get("/_sandbox/people", platform="feishu")}
        assert (moved["head"], heads[who], heads[stood_in]) == (leads, leads, not leads)


async def test_a_group_is_made_changed_and_dissolved_by_hand():
    async with living_town() as talk:
        made = await talk.post(
            "/_sandbox/chats",
            {"platform": "dingtalk", "create": "设备改造", "owner": "何强", "members": ["孙莉"], "bot": True},
        )
        assert len(made["members"]) == 2
        chat = {"platform": "dingtalk", "chat": made["id"]}
        changed = await talk.post("/_sandbox/chats", chat | {"admins": ["sunli"], "rename": "设备改造二期"})
        assert (changed["name"], len(changed["admins"])) == ("设备改造二期", 1)
        await talk.post("/_sandbox/chats", chat | {"remove": ["何强"]}, 400)
        await talk.post("/_sandbox/chats", chat | {"dissolve": True})
        assert "设备改造二期" not in [c["name"] for c in await talk.get("/_sandbox/chats")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("say", [], 400),
        ("say", {}, 400),
        ("say", SAY | {"platform": "wechat"}, 400),
        ("say", SAY | {"person": "谁也不是"}, 404),
        ("say", SAY | {"person": "张伟"}, 404),
        ("say", SAY | {"to": "oc_none"}, 404),
        ("say", SAY | {"mentions": "all"}, 400),
        ("say", SAY | {"platform": ["feishu"]}, 400),
        ("press", {"platform": "feishu", "person": "lixiang", "message_id": "om_none", "action": "x"}, 404),
        ("read", {"platform": "feishu", "person": "lixiang", "message_id": 7}, 400),
        ("clock", {}, 400),
        ("clock", {"set": "tomorrow"}, 400),
        ("clock", {"advance": "1h", "set": "2026-09-08"}, 400),
        ("clock", {"advance": "1h", "walks": False}, 400),
        ("clock/followers", {"name": "bot"}, 400),
        ("faults", {"kind": "cut"}, 400),
        ("settings", {"dingtalk.card": True}, 400),
        ("settings", {"dingtalk.cards": "yes"}, 400),
        ("people", {"platform": "feishu", "person": "lixiang"}, 400),
        ("people", {"platform": "feishu", "person": "lixiang", "script": "poet"}, 400),
        ("people", {"platform": "feishu", "join": "某人", "departments": ["没有部"]}, 404),
        ("chats", {"platform": "feishu", "chat": "研发部"}, 400),
        ("chats", {"platform": "feishu", "chat": "研发部", "speak": "loudly"}, 400),
    ],
)
async def test_wrong_input_is_explained_and_never_a_crash(path, body, status):
    async with living_town() as talk:
        assert (await talk.post(f"/_sandbox/{path}", body, status))["error"]


async def test_an_unknown_setting_names_the_known_ones():
    async with living_town() as talk:
        assert "dingtalk.cards" in (await talk.post("/_sandbox/settings", {"x": 1}, 400))["error"]
        assert (await talk.post("/_sandbox/settings", {"dingtalk.cards": False}))["dingtalk.cards"] is False
        await talk.post("/_sandbox/reset", {})
        assert talk.town.setting("dingtalk.cards") is True


async def test_unknown_paths_are_recorded_as_such():
    async with living_town() as talk:
        await talk.get("/v1.0/nothing", 404)
        await talk.get("/nobodys", 404)
        assert [e["platform"] for e in await talk.lines(unknown="1")] == ["dingtalk", ""]
        assert [e["path"] for e in await talk.lines(since="1")] == ["/nobodys"]


async def test_a_failing_handler_answers_in_the_platforms_words_and_is_counted(monkeypatch, caplog):
    async def crash(_):
        raise KeyError("a defect")

    async def fine(request):
        note_message(request, "om_1")
        return web.json_response({"code": 0})

    paths = [web.get("/open-apis/crash", crash), web.post("/open-apis/fine", fine)]
    monkeypatch.setattr(FeishuPlatform, "routes", lambda _: paths)
    async with living_town() as talk:
        assert "code" in await talk.get("/open-apis/crash", 500)
        await talk.post("/open-apis/fine", {})
        assert talk.town.recorder.crashes == ["GET /open-apis/crash"]
        assert "a defect" in caplog.text
        assert [e["message_id"] for e in await talk.lines()] == [None, "om_1"]


async def test_a_reader_reads_within_the_hour():
    async with living_town() as talk:
        await talk.post("/_sandbox/people", {"platform": "feishu", "person": "lixiang", "script": "reader"})
        person = talk.town.person_named("feishu", "李想")
        message = talk.town.post("feishu", id="om_x", sender=BOT, text="通知", person=person.id)
        await talk.post("/_sandbox/clock", {"advance": "1h"})
        assert list(message.read_by) == [person.id]


async def test_the_configuration_is_complete_and_its_secrets_lie_beside_it(tmp_path):
    async with living_town() as talk:
        config_file.write(talk.town, tmp_path / "config.toml")
        config = tomllib.loads((tmp_path / "config.toml").read_text("utf-8"))
        ready = program.ready(talk.town)
        assert config["clock"]["follow"] == config["feishu"]["domain"] == ready["url"]
        secret = tmp_path / "config.feishu.app_secret"
        assert config["feishu"]["app_secret"] == f"file:{secret}"
        assert (secret.read_text(), secret.stat().st_mode & 0o777) == (ready["feishu"]["app_secret"], 0o600)


def test_a_large_body_is_kept_by_its_beginning_and_its_size():
    assert readable(b'{"a":1}') == {"a": 1}
    assert readable(b"\xff\xfe") == {"binary": True, "size_bytes": 2}
    assert readable(b"x" * 70000)["size_bytes"] == 70000


def call(path, query="", body=b"", response=b""):
    return Record(
        at=at("08:30"), platform="feishu", method="GET", path=path, query=query, body=body, status=200,
        response=response, fault=None, message_id=None,
    )  # fmt: skip


def test_a_large_body_stands_in_the_record_by_its_beginning_and_its_size():
    record = Recorder()
    record.add(call("/a", body=b"x" * 70000, response=b"\xff" * 70000))
    [entry] = record.entries()
    assert (entry["body"]["size_bytes"], len(entry["body"]["truncated"])) == (70000, 65536)
    assert entry["response"]["size_bytes"] == 70000


def test_the_latest_calls_that_speak_of_something_are_found():
    record = Recorder()
    for number in range(5):
        record.add(call(f"/m/om_{number}", "to=%2Bou_1%3D&to=2", b'{"id":"om_9"}', b'"\xe9\xa9\xbf"'))
    assert [e["query"] for e in record.entries(since=4)] == [{"to": ["+ou_1=", "2"]}]

    def about(word):
        return [r.id for r in record.latest(2, lambda r: r.speaks_of([word], [word.encode()]))]

    assert [about(word) for word in ("om_1", "+ou_1=", "om_9", "驿", "om_7")] == [
        [2],
        [4, 5],
        [4, 5],
        [4, 5],
        [],
    ]


def test_the_record_is_read_on_from_an_id():
    record = Recorder()
    for path in ("/a", "/b", "/c"):
        record.add(call(path))
    assert [json.loads(line)["path"] for line in record.lines(since=2)] == ["/c"]
    record.clear()
    assert record.entries() == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b"[" * 900 + b"]" * 900,
        b"[" * 60000,
        b"1" * 5000,
        b"\xff",
        b"\x00",
    ],
    ids=["NaN", "lone surrogate", "deep", "deeper", "long number", "not text", "zero"],
)
async def test_no_body_is_too_strange_for_the_record(body):
    async with living_town() as talk:
        async with talk.http.post(talk.town.url + "/v1.0/x?a=1&a=2&b=3", data=body) as answer:
            assert answer.status == 404
        [entry] = await talk.lines()
        assert entry["query"] == {"a": ["1", "2"], "b": "3"}
        assert talk.town.recorder.crashes == []


async def test_a_lone_surrogate_is_said_and_shown():
    async with living_town() as talk:
        await talk.post("/_sandbox/say", SAY | {"text": "\ud800"})
        [said] = await talk.get("/_sandbox/messages", platform="feishu")
        assert said["text"] == "\ud800"
