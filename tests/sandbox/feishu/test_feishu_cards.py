"""Cards: schema 2.0 is strict, presses carry what was filled in, and answers change the card."""

import json

import pytest
from feishu_town import BASE, button, card, office

from sandbox.feishu.state import StoredFile

PLAIN = {"tag": "plain_text", "content": "x"}
OPTIONS = [{"text": PLAIN, "value": "rd"}, {"text": PLAIN, "value": "hr"}]
OK = {"act": "submit", "id": "T1"}


def form(*elements, name="f1"):
    return {"tag": "form", "name": name, "elements": list(elements)}


def submit(name="ok"):
    return button("提交", OK, name=name, form_action_type="submit")


FILLED = form(
    {"tag": "input", "name": "reason", "required": True, "max_length": 5},
    {"tag": "select_static", "name": "dept", "options": OPTIONS},
    {"tag": "multi_select_static", "name": "tags", "options": OPTIONS, "selected_values": ["rd"]},
    {"tag": "checker", "name": "c1", "checked": True, "text": PLAIN},
    {"tag": "date_picker", "name": "day", "initial_date": "2026-09-07"},
    submit(),
)


def deep(levels):
    inner = {"tag": "markdown", "content": "x"}
    for _ in range(levels):
        inner = {"tag": "interactive_container", "elements": [inner]}
    return inner


@pytest.mark.parametrize(
    "elements",
    [
        [{"tag": "markdown", "content": "<at id=all></at> **x**"}],
        [FILLED],
        [
            {
                "tag": "column_set",
                "columns": [{"tag": "column", "width": "weighted", "weight": 1, "elements": [PLAIN]}],
            }
        ],
        [deep(5)],
        [{"tag": "hr"}] * 200,
        [{"tag": "img", "img_key": "img_x", "alt": PLAIN}, {"tag": "div", "text": PLAIN}],
        [
            {
                "tag": "button",
                "text": PLAIN,
                "behaviors": [{"type": "open_url", "default_url": "https://x.example"}],
            }
        ],
    ],
)
async def test_a_good_card_is_sent(elements):
    async with office() as o:
        o.feishu.state.files["img_x"] = StoredFile(kind="message", name="x.png", content=b"x")
        await o.sent(o.person("lixiang").id, card(*elements), "interactive")


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ([{"tag": "markdown", "content": "x", "colour": "red"}], 200621),
        ([{"tag": "action", "actions": []}], 200861),
        ([{"tag": "note", "elements": []}], 200861),
        ([{"tag": "marquee"}], 200621),
        ([{"content": "x"}], 200621),
        ([{"tag": ["x"]}], 200621),
        ([{"tag": "hr"}] * 201, 11310),
        ([{"tag": "img", "img_key": "img_x", "alt": PLAIN}], 200570),
        ([{"tag": "chart", "chart_spec": "pie"}], 200550),
        ([{"tag": "table", "columns": "x", "rows": []}], 200914),
        ([{"tag": "table", "columns": [], "rows": {}}], 200915),
        ([deep(6)], 200621),
        ([form(form(submit()))], 200621),
        ([{"tag": "column_set", "columns": [{"tag": "column", "elements": [form(submit())]}]}], 200621),
        ([form({"tag": "input"}, submit())], 200530),
        ([form({"tag": "input", "name": "a"}, {"tag": "input", "name": "a"}, submit())], 200530),
        ([form(submit(), name="")], 200530),
        ([form({"tag": "table", "columns": []}, submit())], 200621),
        ([{"tag": "markdown", "content": "<at id=ou_nobody></at>"}], 100290),
        ([button("x", {}, type="shiny")], 200621),
        ([button("x", 3)], 200621),
        ([{"tag": "input", "max_length": 1001}], 200621),
        ([{"tag": "select_static", "options": []}], 200621),
    ],
)
async def test_a_bad_card_is_refused_with_the_real_code_in_the_text(elements, code):
    async with office() as o:
        _, answer = await o.send(o.person("lixiang").id, card(*elements), "interactive")
        assert (answer["code"], f"ErrCode: {code};" in answer["msg"]) == (230099, True), answer


@pytest.mark.parametrize(
    "whole",
    [
        {**card(), "fallback": {}},
        {**card(), "elements": []},
        {**card(), "config": {"update_multi": False}},
        {**card(), "header": {"title": PLAIN, "template": "pink"}},
        {"schema": "2.0", "header": {"title": PLAIN}},
        {"schema": "3.0", "body": {"elements": []}},
        {"header": 3},
    ],
)
async def test_the_frame_of_a_card_is_checked(whole):
    async with office() as o:
        assert await o.refusal(o.person("lixiang").id, whole, "interactive") == 230099


async def test_a_card_over_thirty_kilobytes_is_too_long():
    async with office() as o:
        long = card({"tag": "markdown", "content": "长" * 11000})
        assert await o.refusal(o.person("lixiang").id, long, "interactive") == 230025


async def test_only_markdown_mentions_and_plain_text_is_letters():
    async with office() as o:
        tag = "<at id=all></at>"
        letters = {"tag": "div", "text": {"tag": "plain_text", "content": tag}}
        mention = {"tag": "markdown", "content": f"<at id={o.person('lixiang').id}></at>"}
        chat = o.chat("接口组")
        await o.sent(chat.id, card(letters, mention), "interactive")
        assert chat.messages[-1].mentions == [o.person("lixiang").id]
        assert tag in chat.messages[-1].text


async def test_a_form_brings_what_was_filled_in():
    async with office() as o, o.line(answer=lambda event: (200, {})) as line:
        sent = (await o.sent(o.person("lixiang").id, card(FILLED), "interactive"))["message_id"]
        await o.press("lixiang", sent, "提交", status=403)
        await o.press("lixiang", sent, "提交", status=403, reason="太长的原因啊")
        await o.press("lixiang", sent, "提交", status=403, reason="病", dept="none")
        await o.press("lixiang", sent, "提交", status=403, reason="病", other="x")
        await o.press("lixiang", sent, "ok", reason="病", dept="hr")
        event = (await line.next("card.action.trigger"))["event"]
        assert event["action"] == {
            "value": OK,
            "tag": "button",
            "name": "ok",
            "form_value": {"reason": "病", "dept": "hr", "tags": ["rd"], "c1": True, "day": "2026-09-07"},
        }
        assert event["context"]["open_chat_id"] == o.feishu.ids.direct_chat(o.person("lixiang").id)


async def test_what_stands_outside_a_form_brings_its_own_value():
    async with office() as o, o.line(answer=lambda event: (200, {})) as line:
        behaviors = [{"type": "callback", "value": {"k": 1}}]
        elements = [
            {"tag": "checker", "name": "c", "text": PLAIN, "behaviors": behaviors},
            {"tag": "select_static", "name": "s", "options": OPTIONS, "behaviors": behaviors},
            {"tag": "picker_datetime", "name": "d", "behaviors": behaviors},
            {"tag": "input", "name": "i", "behaviors": behaviors},
        ]
        sent = (await o.sent(o.person("lixiang").id, card(*elements), "interactive"))["message_id"]
        await o.press("lixiang", sent, "c")
        assert (await line.next("card.action.trigger"))["event"]["action"]["checked"] is True
        await o.press("lixiang", sent, "s", option="rd")
        assert (await line.next("card.action.trigger"))["event"]["action"]["option"] == "rd"
        await o.press("lixiang", sent, "d", option="2026-09-07 09:00 +0800")
        assert (await line.next("card.action.trigger"))["event"]["action"]["timezone"] == "Asia/Shanghai"
        await o.press("lixiang", sent, "i", input_value="字")
        assert (await line.next("card.action.trigger"))["event"]["action"]["input_value"] == "字"
        await o.press("lixiang", sent, "s", status=403, option="none")
        await o.press("lixiang", sent, "none", status=403)
        await o.press("chenli", sent, "c", status=403)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"toast": {"type": "loud", "content": "x"}}, 200672),
        ({"toast": "x"}, 200672),
        ({"card": {"type": "raw", "data": {"elements": [{"tag": "hr"}]}}}, 200830),
        ({"card": {"type": "raw", "data": card({"tag": "note"})}}, 200673),
        ({"card": card()}, 200673),
    ],
)
async def test_a_bad_answer_shows_an_error_and_changes_nothing(answer, code):
    async with office() as o, o.line(answer=lambda event: (200, answer)):
        before = card(button("好", {"a": 1}))
        sent = (await o.sent(o.person("lixiang").id, before, "interactive"))["message_id"]
        assert (await o.press("lixiang", sent, "好"))["code"] == code
        assert o.town.messages[sent].card == before


async def test_a_card_in_a_group_changes_for_everybody():
    done = card({"tag": "markdown", "content": "1 人已确认"}, button("好", {"a": 1}))
    async with office() as o, o.line(answer=lambda event: (200, {"card": {"type": "raw", "data": done}})):
        sent = (await o.sent(o.chat("研发部").id, card(button("好", {"a": 1})), "interactive"))["message_id"]
        await o.press("lixiang", sent, "好")
        shown = await o.talk.get("/_sandbox/messages", platform="feishu", chat="研发部")
        assert (shown[-1]["card"], shown[-1]["text"]) == (done, "停电通知\n1 人已确认")
        item = (await o.ok("GET", f"{BASE}/messages/{sent}", card_msg_content_type="user_card_content"))[
            "items"
        ][0]
        assert json.loads(item["body"]["content"]) == done


async def test_a_card_is_changed_later_twice_within_half_an_hour():
    path = "/open-apis/interactive/v1/card/update"
    async with office() as o, o.line(answer=lambda event: (200, {})) as line:
        sent = (await o.sent(o.person("lixiang").id, card(button("好", {"a": 1})), "interactive"))[
            "message_id"
        ]
        await o.press("lixiang", sent, "好")
        token = (await line.next("card.action.trigger"))["event"]["token"]
        body = {"token": token, "card": card(title="办好了")}
        codes = [await o.code("POST", path, body) for _ in range(3)]
        assert (codes[:2], codes[2] != 0) == ([0, 0], True)
        assert o.town.messages[sent].text == "办好了"
        assert await o.code("POST", path, {**body, "token": "c-none"}) != 0


async def test_cardkit_changes_the_card_where_it_was_sent():
    base = "/open-apis/cardkit/v1/cards"
    async with office() as o:
        made = await o.ok("POST", base, {"type": "card_json", "data": json.dumps(card(title="一"))})
        content = {"type": "card", "data": {"card_id": made["card_id"]}}
        sent = (await o.sent(o.person("lixiang").id, content, "interactive"))["message_id"]
        change = {"card": {"type": "card_json", "data": json.dumps(card(title="二"))}, "sequence": 1}
        await o.ok("PUT", f"{base}/{made['card_id']}", change)
        assert o.town.messages[sent].text == "二"
        assert await o.code("PUT", f"{base}/{made['card_id']}", change) == 300317


async def test_a_presser_presses_by_itself():
    async with (
        office() as o,
        o.line(answer=lambda event: (200, {"toast": {"type": "info", "content": "x"}})) as line,
    ):
        await o.talk.post(
            "/_sandbox/people", {"platform": "feishu", "person": "lixiang", "script": "presser"}
        )
        await o.sent(
            o.person("lixiang").id, card(button("不", {"a": 0}), button("收到", {"a": 1})), "interactive"
        )
        await o.talk.post("/_sandbox/clock", {"advance": "2h"})
        assert (await line.next("card.action.trigger"))["event"]["action"]["value"] == {"a": 1}
