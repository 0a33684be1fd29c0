"""Cards and texts as the page understands them, before anything is drawn."""

import pytest
from page_town import button, card, plain

from sandbox.page import dingtalk_card, feishu_card, spans, tools
from sandbox.page.cards import Actions

NAMES = {"ou_a": "陈立", "ou_me": "李想", "bot": "驿站", "all": "所有人"}


def name_of(who):
    return NAMES.get(who, "")


def seen(shown, pairs=()):
    return feishu_card.view(shown, Actions(pairs), name_of, me="ou_me")


def kinds(text, mentions=()):
    return [(s.text, s.kind) for s in spans.of_text(text, mentions, name_of, me="ou_me")]


@pytest.mark.parametrize(
    ("text", "mentions", "expected"),
    [
        pytest.param("你好", [], [("你好", "text")], id="plain"),
        pytest.param("@陈立 看", ["ou_a"], [("@陈立", "at"), (" 看", "text")], id="somebody else"),
        pytest.param("@李想", ["ou_me"], [("@李想", "me")], id="me"),
        pytest.param("@所有人", ["all"], [("@所有人", "me")], id="all is me too"),
        pytest.param(
            "看", ["ou_a"], [("@陈立", "at"), (" ", "text"), ("看", "text")], id="not written: in front"
        ),
        pytest.param("@陈立 看", [], [("@陈立 看", "text")], id="written only: no mention"),
        pytest.param('<at user_id="ou_a">陈</at>', ["ou_a"], [("@陈立", "at")], id="the API's tag"),
        pytest.param("<at id=ou_x></at>", [], [("@ou_x", "at")], id="an id nobody has"),
        pytest.param("<b>粗</b>", [], [("<b>粗</b>", "text")], id="markup is text"),
    ],
)
def test_mentions_stand_out_and_only_those(text, mentions, expected):
    assert kinds(text, mentions) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**粗**和`码`", [("粗", "bold", ""), ("和", "text", ""), ("码", "code", "")]),
        ("# 标题", [("标题", "bold", "")]),
        ("- 一项", [("• 一项", "text", "")]),
        ("[去](https://a.cn/x)", [("去", "link", "https://a.cn/x")]),
        ("[去](javascript:alert(1))", [("[去](javascript:alert(1))", "text", "")]),
        ("a*b*c 2*3", [("a*b*c 2*3", "text", "")]),
    ],
)
def test_markdown_becomes_pieces_and_no_address_but_http(text, expected):
    [line] = spans.of_markdown(text, name_of)
    assert [(s.text, s.kind, s.href) for s in line] == expected


def test_a_card_of_feishu_has_header_text_note_and_a_row_of_buttons():
    note = {"tag": "div", "text": {**plain("由李想发出"), "text_size": "notation", "text_color": "grey"}}
    shown = seen(
        card({"tag": "div", "text": plain("两行\n字")}, note, button("收到", "k1"), button("改", "k2"))
    )
    assert (shown.title, shown.tone) == ("停电通知", "orange")
    assert [block.kind for block in shown.blocks] == ["text", "note", "buttons"]
    assert len(shown.blocks[0].lines) == 2
    assert [b.action for b in shown.blocks[2].blocks] == ["k1", "k2"]


def test_buttons_get_the_actions_that_the_platform_names_in_order():
    shown = seen(card(button("好", "same"), button("好", "same")), [("1", "好"), ("2", "好")])
    assert [b.action for b in shown.blocks[0].blocks] == ["1", "2"]


def test_what_cannot_be_pressed_takes_no_action_away_from_what_can():
    gone = button("好", "x", disabled=True)
    link = {
        "tag": "button",
        "text": plain("好"),
        "behaviors": [{"type": "open_url", "default_url": "https://a.cn"}],
    }
    [row] = seen(card(gone, link, button("好", "x")), [("3", "好")]).blocks
    assert [(b.action, b.href) for b in row.blocks] == [("", ""), ("", "https://a.cn"), ("3", "")]


def test_a_form_holds_its_fields_and_its_submit_button():
    fields = [
        {"tag": "input", "name": "why", "required": True, "max_length": 9, "label": plain("原因")},
        {"tag": "multi_select_static", "name": "m", "selected_values": ["a"],
         "options": [{"text": plain("甲"), "value": "a"}, {"text": plain("乙"), "value": "b"}]},
        {"tag": "date_picker", "name": "d", "initial_date": "2026-09-08 +0800"},
        button("提交", "k", form_action_type="submit"),
    ]  # fmt: skip
    [form] = seen(card({"tag": "form", "name": "f", "elements": fields})).blocks
    why, many, date, row = form.blocks
    assert (why.label, why.required, why.longest) == ("原因", True, 9)
    assert (many.multiple, many.value, many.options) == (True, ["a"], (("a", "甲"), ("b", "乙")))
    assert (date.variant, date.value) == ("date", "2026-09-08")
    assert (row.blocks[0].name, row.blocks[0].action) == ("submit", "k")


@pytest.mark.parametrize(
    "strange",
    [
        {}, {"header": 7, "body": []}, {"body": {"elements": [None, 3, {"tag": None}, {"tag": {}}]}},
        {"header": {"title": []}, "elements": {"a": 1}}, card({"tag": "form", "elements": "x"}),
        card({"tag": "select_static", "options": [1, {"text": 2}]}), card({"tag": "button", "behaviors": 5}),
    ],
)  # fmt: skip
def test_a_strange_card_is_drawn_as_far_as_it_can_be(strange):
    seen(strange)
    dingtalk_card.view(strange, Actions([]), me="1")


def test_a_card_nested_without_end_ends():
    deep = {"tag": "markdown", "content": "底"}
    for _ in range(50):
        deep = {"tag": "column_set", "columns": [deep]}
    assert [block.kind for block in seen(card(deep)).blocks] == ["unknown"]


def test_an_old_card_is_read_too():
    old = {
        "header": {"title": plain("旧")},
        "elements": [
            {
                "tag": "div",
                "text": {"tag": "lark_md", "content": "**字**"},
                "fields": [{"text": plain("栏")}],
            },
            {"tag": "hr"},
            {"tag": "action", "actions": [{"tag": "button", "text": plain("按"), "value": {"k": "v"}}]},
            {"tag": "note", "elements": [plain("注")]},
        ],
    }
    assert [block.kind for block in seen(old).blocks] == ["text", "text", "rule", "buttons", "note"]


def test_dingtalk_shows_the_state_where_the_buttons_were():
    values = {
        "title": "通知",
        "body1": "甲",
        "body2": "乙",
        "state": "已发出",
        "b1_text": "发",
        "b1_show": "false",
    }
    shown = dingtalk_card.view({"cardParamMap": values}, Actions([]))
    assert [(b.kind, b.label) for b in shown.blocks] == [("text", ""), ("state", "已发出")]
    assert shown.blocks[0].lines[0][0].text == "甲乙"


def test_an_unknown_template_lists_its_variables():
    shown = dingtalk_card.view({"cardParamMap": {"count": "3"}}, Actions([]))
    assert shown.blocks[0].lines[0][0].text == "count：3"


def test_json_inside_a_string_is_opened_for_the_eye():
    assert '"text": "你好"' in tools.pretty({"content": '{"text":"你好"}'})
    assert "共 9000 个字符" in tools.pretty("x" * 9000)


def test_a_table_is_drawn_by_its_columns_and_rows():
    table = {
        "tag": "table",
        "columns": [{"name": "n", "display_name": "楼层"}, {"name": "w"}],
        "rows": [{"n": "三楼", "w": [{"text": "上午"}, {"text": "下午"}]}, {"n": 4}, "x"],
    }
    (block,) = seen(card(table)).blocks
    assert block.rows == (("楼层", "w"), ("三楼", "上午、下午"), ("4", ""), ("", ""))
