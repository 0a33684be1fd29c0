"""What hangs on messages, what was pushed, and the tools for what is done by hand."""

import json

import pytest
from page_town import Robot, living_town, someone, text_of

from sandbox.model import BOT


async def call(talk, method, path, body):
    app = talk.town.platforms["feishu"].ready_info()
    keys = {"app_id": app["app_id"], "app_secret": app["app_secret"]}
    token = (await talk.post("/open-apis/auth/v3/tenant_access_token/internal", keys))["tenant_access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with talk.http.request(method, talk.town.url + path, json=body, headers=headers) as answer:
        said = await answer.json()
        assert said["code"] == 0, said
        return said["data"]


async def test_a_reply_its_reactions_a_pin_and_an_urgent_call_are_drawn():
    async with living_town() as talk:
        person = talk.town.person_named("feishu", "李想")
        say = {"platform": "feishu", "person": person.id, "to": "bot", "text": "停电几点开始"}
        asked = (await talk.post("/_sandbox/say", say))["message_id"]
        path = f"/open-apis/im/v1/messages/{asked}"
        reply = await call(talk, "POST", f"{path}/reply", {"msg_type": "text", "content": '{"text":"九点"}'})
        await call(talk, "POST", f"{path}/reactions", {"reaction_type": {"emoji_type": "THUMBSUP"}})
        await call(talk, "POST", f"{path}/reactions", {"reaction_type": {"emoji_type": "Yeah"}})
        await call(talk, "POST", "/open-apis/im/v1/pins", {"message_id": reply["message_id"]})
        urgent = f"/open-apis/im/v1/messages/{reply['message_id']}/urgent_app?user_id_type=open_id"
        await call(talk, "PATCH", urgent, {"user_id_list": [person.id]})
        html = await text_of(talk, "/page/messages", **{"as": f"feishu:{person.id}"})
        for words in ("回复 李想：停电几点开始", "👍 1", "Yeah 1", "已置顶", "应用内加急"):
            assert words in html, words
        assert html.index("👍 1") < html.index("回复 李想")


async def test_a_file_stands_there_with_its_name_and_a_picture_as_one():
    async with living_town() as talk:
        me = talk.town.person_named("feishu", "李想")
        content = json.dumps({"file_key": "file_1", "file_name": "平面图<b>.pdf"})
        post = talk.town.post
        post("feishu", id="om_1", sender=BOT, text="", person=me.id, kind="file", extra={"content": content})
        post("feishu", id="om_2", sender=BOT, text="", person=me.id, kind="image", extra={"content": "{"})
        html = await text_of(talk, "/page/messages", **{"as": f"feishu:{me.id}"})
        assert "〔文件〕</span>平面图&lt;b&gt;.pdf" in html
        assert "〔图片〕" in html


async def test_what_cannot_be_shown_is_named_once_and_a_bundle_shows_what_is_in_it():
    async with living_town() as talk:
        chat = talk.town.chat_named("feishu", "研发日常")
        say = {"platform": "feishu", "person": "hexiao", "to": chat.id}
        await talk.post("/_sandbox/say", say | {"kind": "image", "content": {}})
        await talk.post("/_sandbox/say", say | {"kind": "file", "content": {"file_name": "清单.xlsx"}})
        said = [
            (await talk.post("/_sandbox/say", say | {"text": f"第{n}句"}))["message_id"] for n in range(6)
        ]
        bundle = {"kind": "merge_forward", "content": {"message_ids": said}}
        await talk.post("/_sandbox/say", say | {"to": "bot", **bundle})
        group = await text_of(talk, "/page/messages", **{"as": "feishu:hexiao", "chat": chat.id})
        assert ("[图片]" in group, group.count("清单.xlsx")) == (False, 1)
        direct = await text_of(talk, "/page/messages", **{"as": "feishu:hexiao"})
        assert [f"第{n}句" in direct for n in range(6)] == [True] * 4 + [False] * 2
        assert ("何晓：" in direct, "共 6 条" in direct, "[聊天记录]" in direct) == (True, True, False)


async def test_a_post_has_its_title_links_mentions_and_styles():
    async with living_town() as talk:
        me = talk.town.person_named("feishu", "李想")
        nodes = [
            [{"tag": "text", "text": "周一", "style": ["bold"]}, {"tag": "a", "text": "纪要", "href": "https://x.example"}],
            [{"tag": "at", "user_id": me.id}, {"tag": "a", "text": "不安全", "href": "javascript:1"}],
        ]  # fmt: skip
        content = json.dumps({"zh_cn": {"title": "本周安排", "content": nodes}})
        body = {"receive_id": me.id, "msg_type": "post", "content": content}
        await call(talk, "POST", "/open-apis/im/v1/messages?receive_id_type=open_id", body)
        html = await text_of(talk, "/page/messages", **{"as": f"feishu:{me.id}"})
        for drawn in (
            "<strong>本周安排</strong>", "<strong>周一</strong>", 'href="https://x.example"', '<span class="at at-me">@李想</span>', "不安全",
        ):  # fmt: skip
            assert drawn in html, drawn
        assert "javascript:" not in html


async def test_a_ding_is_marked():
    async with living_town() as talk:
        me = talk.town.person_named("dingtalk", "孙莉")
        talk.town.post(
            "dingtalk", id="m", sender=BOT, text="快", person=me.id, kind="ding", extra={"remindType": 3}
        )
        assert "DING 电话" in await text_of(talk, "/page/messages", **{"as": f"dingtalk:{me.id}"})


async def test_the_robots_view_shows_the_frames_newest_first():
    async with living_town() as talk, Robot(talk).listening():
        me = {"as": someone(talk.town, "feishu", "李想")}
        for words in ("第一句", "第二句"):
            say = {"platform": "feishu", "person": "李想", "to": "bot", "text": words}
            said = await talk.post("/_sandbox/say", say)
        await talk.post("/_sandbox/clock", {"advance": "1s"})
        html = await text_of(talk, "/page/robot", **me)
        assert html.index("第二句") < html.index("第一句")
        assert ("im.message.receive_v1" in html, "收下" in html) == (True, True)
        only = await text_of(talk, "/page/robot", **me, id=said["message_id"])
        assert only.count('class="path">im.message.receive_v1') == 1


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_the_tools_offer_every_setting_and_what_is_done_by_hand(platform):
    async with living_town() as talk:
        me = someone(talk.town, platform, {"feishu": "李想", "dingtalk": "孙莉"}[platform])
        html = await text_of(talk, "/", **{"as": me})
        for key in talk.town.settings.all():
            assert f'value="{key}"' in html, key
        for words in ("入职", "离职", "建群", "解散", "仅群主和管理员", "小镇回到最初"):
            assert words in html, words


async def test_a_company_of_ten_thousand_is_drawn_without_waiting():
    async with living_town(company="large:10000") as talk:
        loop = talk.town.clock
        person = next(iter(talk.town.people["feishu"]))
        for path in (
            "/",
            f"/?as=feishu:{person}",
            "/page/people?q=张",
            "/_sandbox/people",
            "/_sandbox/chats",
        ):
            began = loop.tick_s()
            async with talk.http.get(talk.town.url + path) as answer:
                assert answer.status == 200
                await answer.read()
            assert loop.tick_s() - began < 5, path
