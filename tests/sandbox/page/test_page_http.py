"""The page over HTTP: what is drawn for whom."""

import asyncio
import json

import pytest
from page_town import PARTS, Robot, at, living_town, someone, text_of

from sandbox.model import BOT


async def test_a_visitor_is_asked_whom_to_be():
    async with living_town() as talk, talk.http.get(talk.town.url + "/") as answer:
        html = await answer.text()
        assert "周敏" in html
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_the_first_paint_is_whole():
    async with living_town() as talk:
        await talk.post(
            "/_sandbox/say", {"platform": "feishu", "person": "lixiang", "to": "羽毛球社", "text": "周五打球"}
        )
        chat = talk.town.chat_named("feishu", "羽毛球社")
        html = await text_of(talk, "/", **{"as": someone(talk.town, "feishu", "赵小满"), "chat": chat.id})
        for words in ("周五打球", "李想", "群主", "已读 0/25", "9月7日 周一", "08:30:00", "断线", "（26）"):
            assert words in html, words


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_every_part_is_drawn_on_both_platforms(platform):
    async with living_town() as talk:
        me = someone(talk.town, platform, {"feishu": "李想", "dingtalk": "孙莉"}[platform])
        group = next(c.id for c in talk.town.chats[platform].values() if me.split(":")[1] in c.members)
        for part in PARTS:
            for chat in (BOT, group):
                assert await text_of(talk, f"/page/{part}", **{"as": me, "chat": chat}) or chat == BOT
        for path in ("/page/people", "/page/requests", "/page/faults"):
            await text_of(talk, path, **{"as": me})


async def test_who_is_not_there_is_told_so():
    async with living_town() as talk:
        assert "没有这个人" in await text_of(talk, "/", 404, **{"as": "feishu:ou_nobody"})
        me, market = someone(talk.town, "feishu", "李想"), talk.town.chat_named("feishu", "市场部")
        talk.town.post("feishu", id="om_secret", sender=BOT, text="只给市场部", chat=market.id)
        for part in PARTS[1:]:
            html = await text_of(talk, f"/page/{part}", 404, **{"as": me, "chat": market.id})
            assert "不在这个会话里" in html
            assert "只给市场部" not in html
        for part in ("readers", "robot"):
            assert "看不到" in await text_of(talk, f"/page/{part}", 404, **{"as": me, "id": "om_secret"})
        assert "不在这个会话里" in await text_of(talk, "/", 404, **{"as": me, "chat": market.id})
        await text_of(talk, "/page/requests", 400, platform="wechat")
        await text_of(talk, "/page/static/..%2froutes.py", 404)
        await text_of(talk, "/page/static/none.js", 404)


async def test_people_are_found_by_name_account_and_department():
    async with living_town() as talk:
        for query, expected in [
            ("张伟", 2),
            ("zhangwei02", 1),
            ("设计组", 4),
            ("钉钉 周敏", 1),
            ("查无此人", 0),
        ]:
            html = await text_of(talk, "/page/people", q=query)
            assert html.count('class="person') == expected, query


async def test_unread_and_mentions_stand_in_the_list_until_they_are_read():
    async with living_town() as talk:
        say = {
            "platform": "feishu",
            "person": "lixiang",
            "to": "羽毛球社",
            "text": "@赵小满 来吗",
            "mentions": ["赵小满"],
        }
        said = await talk.post("/_sandbox/say", say)
        me = {"as": someone(talk.town, "feishu", "赵小满"), "chat": BOT}
        html = await text_of(talk, "/page/chats", **me)
        assert "1 条未读" in html
        assert "有人@我" in html
        read = {"platform": "feishu", "person": "赵小满", "message_id": said["message_id"]}
        await talk.post("/_sandbox/read", read)
        assert "条未读" not in await text_of(talk, "/page/chats", **me)


@pytest.mark.parametrize(
    ("platform", "before", "after"),
    [("feishu", "已读 0/5", "已读 1/5"), ("dingtalk", "7 人未读", "6 人未读")],
)
async def test_read_counts_are_said_as_the_platform_says_them(platform, before, after):
    async with living_town() as talk:
        chat = talk.town.chat_named(platform, {"feishu": "接口组", "dingtalk": "设备部"}[platform])
        first, second, *_ = chat.members
        said = await talk.post(
            "/_sandbox/say", {"platform": platform, "person": first, "to": chat.id, "text": "看一下"}
        )
        where = {"as": f"{platform}:{first}", "chat": chat.id}
        assert before in await text_of(talk, "/page/messages", **where)
        read = {"platform": platform, "person": second, "message_id": said["message_id"]}
        await talk.post("/_sandbox/read", read)
        assert after in await text_of(talk, "/page/messages", **where)
        readers = await text_of(talk, "/page/readers", **where, id=said["message_id"])
        assert readers.index(talk.town.people[platform][second].name) < readers.index("未读")


async def test_a_recalled_message_shows_that_it_was_and_nothing_else():
    async with living_town() as talk:
        me = talk.town.person_named("feishu", "李想")
        message = talk.town.post("feishu", id="om_1", sender=BOT, text="数字写错了", person=me.id)
        talk.town.recall(message)
        html = await text_of(talk, "/page/messages", **{"as": f"feishu:{me.id}"})
        assert "〔已撤回〕" in html
        assert "数字写错了" not in html


async def test_what_only_one_person_sees_is_shown_to_this_person_only():
    async with living_town() as talk:
        chat = talk.town.chat_named("feishu", "接口组")
        first, second, *_ = chat.members
        talk.town.post(
            "feishu", id="om_1", sender=BOT, text="悄悄话", chat=chat.id, extra={"only_for": first}
        )
        mine = await text_of(talk, "/page/messages", **{"as": f"feishu:{first}", "chat": chat.id})
        assert "仅你可见" in mine
        theirs = await text_of(talk, "/page/messages", **{"as": f"feishu:{second}", "chat": chat.id})
        assert "悄悄话" not in theirs


async def test_dingtalks_private_values_lie_over_everybodys():
    async with living_town() as talk:
        chat = talk.town.chat_named("dingtalk", "设备部")
        first, second, *_ = chat.members
        values = {
            "title": "用电检修",
            "body1": "周三",
            "hint": "八人",
            "b1_text": "收到",
            "b1_show": "true",
            "b1_id": "x",
        }
        await Robot(talk).dingtalk_card(chat.id, "yz-1", values, {first: {"hint": "记下了"}})
        mine = await text_of(talk, "/page/messages", **{"as": f"dingtalk:{first}", "chat": chat.id})
        assert ("仅你可见" in mine, "记下了" in mine, 'data-action="x"' in mine) == (True, True, True)
        theirs = await text_of(talk, "/page/messages", **{"as": f"dingtalk:{second}", "chat": chat.id})
        assert ("八人" in theirs, "记下了" in theirs) == (True, False)


async def test_the_robots_view_says_whether_it_was_told_and_lists_its_calls():
    async with living_town() as talk:
        chat = talk.town.chat_named("dingtalk", "设备部")
        me = next(iter(chat.members))
        say = {"platform": "dingtalk", "person": me, "to": chat.id, "text": "听得到吗"}
        where = {"as": f"dingtalk:{me}", "chat": chat.id}
        deaf = await talk.post("/_sandbox/say", say)
        heard = await talk.post("/_sandbox/say", say | {"mentions": ["bot"]})
        assert "不会把它交给机器人" in await text_of(talk, "/page/robot", **where, id=deaf["message_id"])
        assert "平台会推给它" in await text_of(talk, "/page/robot", **where, id=heard["message_id"])
        await Robot(talk).dingtalk_card(chat.id, "yz-1", {"title": "用电检修"})
        assert "createAndDeliver" in await text_of(talk, "/page/robot", **where)


async def test_the_stream_tells_what_changed_and_for_whom():
    async with living_town() as talk:
        me = someone(talk.town, "feishu", "李想")
        async with talk.http.get(talk.town.url + "/page/events", params={"as": me}) as stream:

            async def event():
                async with asyncio.timeout(5):
                    while not (line := await stream.content.readline()).startswith(b"data: "):
                        pass
                return json.loads(line[6:])

            assert (await event())["clock"]["now"] == at("08:30").isoformat()
            await talk.post(
                "/_sandbox/say", {"platform": "feishu", "person": "王芳", "to": "bot", "text": "我的"}
            )
            say = {"platform": "feishu", "person": "lixiang", "to": "bot", "text": "你好"}
            await talk.post("/_sandbox/say", say)
            talks = []
            while BOT not in talks:
                talks += (await event()).get("talks", [])
            assert talks == [BOT]
            await talk.post("/_sandbox/faults", [{"kind": "cut"}])
            while not (await event()).get("faults"):
                pass
            await talk.post("/_sandbox/clock", {"advance": "1h"})
            while (await event()).get("clock", {}).get("now") != at("09:30").isoformat():
                pass
            await talk.post("/_sandbox/reset", {})
            while not (await event()).get("reset"):
                pass


async def test_in_real_time_the_clock_cannot_be_turned():
    async with living_town(start=None) as talk:
        html = await text_of(talk, "/", **{"as": someone(talk.town, "feishu", "李想")})
        assert "真实时间" in html
        assert "data-advance" not in html


async def test_the_header_says_whether_a_robot_listens():
    async with living_town() as talk:
        me = {"as": someone(talk.town, "feishu", "李想")}
        assert "还没有机器人连上小镇" in await text_of(talk, "/page/header", **me)
        async with Robot(talk).listening():
            assert "已连上小镇" in await text_of(talk, "/page/header", **me)


async def test_the_stream_ends_when_the_town_says_so():
    async with living_town() as talk, talk.http.get(talk.town.url + "/page/events") as stream:
        await stream.content.readline()
        talk.town.publish("end", {})
        async with asyncio.timeout(5):
            await stream.content.read()
