"""Words in and out of Feishu: a mention is a value, and text is never control."""

import json
import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Rejected, Undecodable
from adapters.feishu.cards import encode_card, words
from adapters.feishu.client import message_call
from adapters.feishu.text import encode_post, post_words, read_text
from adapters.feishu.wire import ReceivedMessage
from adapters.unseen import clean
from policies.card import Button, Card, Style, Tone
from policies.effects import SendText
from policies.model import Account, Chat, Everyone, Platform

BOT = "ou_bot"
GROUP = Chat(Platform.FEISHU, "oc_1")


def ou(name):
    return Account(Platform.FEISHU, name)


def mention(key, open_id, name="", kind="user"):
    return {"key": key, "id": {"open_id": open_id}, "mentioned_type": kind, "name": name}


def seen(content, kind="text", mentions=None, bot=BOT):
    raw = content if isinstance(content, str) else json.dumps(content)
    message = ReceivedMessage.model_validate(
        {"message_id": "om_1", "chat_id": "oc_1", "message_type": kind, "content": raw, "mentions": mentions}
    )
    return read_text(message, bot_open_id=bot)


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "mentions", "expected"),
    [
        pytest.param("你好", None, ("你好", (), False, False), id="plain"),
        pytest.param(
            "@_user_1 通知研发部",
            [mention("@_user_1", BOT, "驿站", "bot")],
            ("通知研发部", (), False, True),
            id="the bot's own mention goes",
        ),
        pytest.param(
            "请 @_user_1 告诉大家",
            [mention("@_user_1", BOT, "驿站", "bot")],
            ("请 告诉大家", (), False, True),
            id="one blank stays where the bot stood",
        ),
        pytest.param(
            "好的 @_user_1\n@_user_1 谢谢",
            [mention("@_user_1", BOT, "驿站", "bot")],
            ("好的\n谢谢", (), False, True),
            id="at both ends of a line",
        ),
        pytest.param(
            "@_user_1请@_user_10看",
            [mention("@_user_1", "ou_a", "张三"), mention("@_user_10", "ou_b", "李四")],
            ("@张三请@李四看", ("ou_a", "ou_b"), False, False),
            id="a key that begins like another",
        ),
        pytest.param(
            "@_user_2 @_user_1 @_user_2",
            [mention("@_user_1", "ou_a", "张三"), mention("@_user_2", "ou_b", "李四")],
            ("@李四 @张三 @李四", ("ou_b", "ou_a"), False, False),
            id="in the order of the text, each once",
        ),
        pytest.param("@_all大家好", None, ("@所有人大家好", (), True, False), id="everyone has no entry"),
        pytest.param("@_all_hands", None, ("@_all_hands", (), False, False), id="only looks like everyone"),
        pytest.param(
            "大家好", [mention("@_user_1", "all")], ("大家好", (), True, False), id="everyone as an entry"
        ),
        pytest.param("@_user_7 是什么", None, ("@_user_7 是什么", (), False, False), id="a typed key stays"),
        pytest.param(
            "问 @_user_1",
            [mention("@_user_1", "ou_other", "别的机器人", "bot")],
            ("问 @别的机器人", (), False, False),
            id="another bot is neither us nor a person",
        ),
        pytest.param(
            "x", [mention("@_user_1", "ou_a", "张三")], ("x", ("ou_a",), False, False), id="stands nowhere"
        ),
        pytest.param(
            "@_user_1",
            [mention("@_user_1", "ou_a", "@_user_2\u202e\n坏")],
            ("@@_user_2 坏", ("ou_a",), False, False),
            id="a name is not read again, and stays on its line",
        ),
        pytest.param("a\x00b", None, ("ab", (), False, False), id="our own mark cannot be typed"),
        pytest.param("  两个  空格  ", None, ("两个  空格", (), False, False), id="blanks inside stay"),
    ],
)
def test_a_received_text(text, mentions, expected):
    one = seen({"text": text}, mentions=mentions)
    assert (one.text, one.mentioned, one.mentions_all, one.mentions_bot) == expected


def test_while_our_id_is_unknown_any_mentioned_bot_counts_as_us():
    assert seen(
        {"text": "@_user_1 hi"}, mentions=[mention("@_user_1", "ou_x", "驿站", "bot")], bot=""
    ).mentions_bot


def test_a_post_is_read_as_lines():
    content = {
        "title": "周报",
        "content": [
            [{"tag": "text", "text": "看"}, {"tag": "a", "href": "https://a.example", "text": "这里"}],
            [{"tag": "at", "user_id": "@_user_1", "user_name": ""}, {"tag": "text", "text": " 好"}],
            [{"tag": "img", "image_key": "img_1"}],
            [{"tag": "media", "file_key": "f"}, {"tag": "emotion", "emoji_type": "SMILE"}],
            [{"tag": "code_block", "language": "GO", "text": "x := 1"}, {"tag": "hr"}, "junk"],
            "junk",
        ],
    }
    one = seen(content, "post", [mention("@_user_1", "ou_a", "张三")])
    assert one.text == "周报\n看[这里](https://a.example)\n@张三 好\n〔图片〕\n〔视频〕[SMILE]\nx := 1"
    assert one.mentioned == ("ou_a",)


def test_a_post_without_a_title():
    assert seen({"title": "", "content": [[{"tag": "text", "text": "x"}]]}, "post").text == "x"


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("image", {"image_key": "img_1"}, "〔图片〕"),
        ("file", {"file_key": "f", "file_name": "a.pdf"}, "〔文件〕a.pdf"),
        ("file", {"file_key": "f"}, "〔文件〕"),
        ("sticker", "", "〔表情〕"),
        ("hongbao", "not json", "〔其他消息〕"),
    ],
)
def test_other_kinds_are_named(kind, content, text):
    assert seen(content, kind).text == text


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text", "{"),
        ("text", "[]"),
        ("text", {}),
        ("text", {"text": 1}),
        ("post", {}),
        ("text", "[" * 100_000),
    ],
)
def test_content_that_is_not_what_its_kind_promises_is_undecodable(kind, content):
    with pytest.raises(Undecodable):
        seen(content, kind)


# ── Out: an independent little reader of what was built ───────────────────────────────────────────

EVIL = [
    '<at user_id="all"></at>',
    "<at id=all></at>",
    "<at email=a@b.example></at>",
    "@所有人",
    "@_all",
    "@_user_1",
    '＜at user_id="all"＞',
    "&lt;at user_id=&quot;all&quot;&gt;&lt;/at&gt;",
    "[点我](lark://evil)",
    "[点我](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "<font color=red>x</font>",
    "**粗**\n# 题",
    "\u202egnp.exe",
    "紧\u200b急",
    "\U000e0041\u2066x\u2069",
    '"}],"tag":"at","user_id":"all"',
    "\ud800",
    "{{card}} ${x}",
]

texts = (
    st.text(max_size=60)
    | st.sampled_from(EVIL)
    | st.builds("{}{}{}".format, st.text(max_size=9), st.sampled_from(EVIL), st.text(max_size=9))
)
mentions = st.lists(st.sampled_from([ou("ou_a"), ou("ou_b"), Everyone.ALL]), max_size=3).map(tuple)
INVISIBLE = {
    chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf" and code != 0x200D
}
"""The joiner may stay, between emoji only."""


def mentions_of_post(body):
    """Reads a post as Feishu documents it: only ``at`` nodes mention; there is no md node."""
    content = json.loads(body["content"])
    found = []
    for paragraph in content["zh_cn"]["content"]:
        for node in paragraph:
            assert node["tag"] in ("at", "text")
            if node["tag"] == "at":
                found.append(node["user_id"])
    return found


def mentions_of_card(card):
    """Reads a card: only markdown can mention, and nothing but mentions may be in it."""
    found, plain = [], []

    def walk(value):
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            if value.get("tag") in ("markdown", "lark_md"):
                tags = re.findall(r"<at id=([a-z_]+)></at>", value["content"])
                assert value["content"] == " ".join(f"<at id={tag}></at>" for tag in tags)
                found.extend(tags)
            elif value.get("tag") == "plain_text":
                plain.append(value["content"])
            for one in value.values():
                walk(one)

    walk(card)
    return found, plain


def decided(some):
    return ["all" if one is Everyone.ALL else one.id for one in some]


def check_text(text, some):
    effect = SendText(to=GROUP, text=text, mentions=some)
    call = message_call(effect, msg_type="post", content=encode_post(effect), key="k")
    assert mentions_of_post(json.loads(json.dumps(call.body))) == decided(some)
    assert not INVISIBLE & set(call.body["content"])
    json.dumps(call.body, ensure_ascii=False).encode()


def check_card(one, two, three, some):
    card = Card(
        title=one,
        body=(two, three),
        hint=one,
        state=two,
        mentions=some,
        buttons=(Button(label=three, action="x1"),),
    )
    built = encode_card(card)
    found, plain = mentions_of_card(built)
    assert found == decided(some)
    assert {clean(two), clean(three)} <= set(plain)
    assert not INVISIBLE & set(json.dumps(built, ensure_ascii=False))
    json.dumps(built, ensure_ascii=False).encode()


@given(texts, mentions)
def test_what_a_text_mentions_is_what_was_decided(text, some):
    check_text(text, some)


@given(texts, texts, texts, mentions)
def test_what_a_card_mentions_is_what_was_decided(one, two, three, some):
    check_card(one, two, three, some)


def test_so_it_is_for_ten_thousand_hostile_texts():
    """In each place where people's words can stand: text, title, paragraphs, state, hint, label."""
    chance = random.Random(20261124)
    who = (ou("ou_a"), ou("ou_b"), Everyone.ALL)

    def hostile():
        noise = "".join(
            chr(chance.choice((0x20, 0x3C, 0x40, 0x4E00, 0x200B, 0x202E, 0xD800)) + chance.randrange(32))
            for _ in range(chance.randrange(6))
        )
        return noise + "".join(chance.choices(EVIL, k=chance.randrange(1, 4))) + noise

    for _ in range(10_000):
        some = tuple(chance.sample(who, chance.randrange(4)))
        check_text(hostile(), some)
        check_card(hostile(), hostile(), hostile(), some)


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once_and_keeps_what_people_see(text):
    assert clean(clean(text)) == clean(text)
    assert clean("早上好 ☀️\n1\t2") == "早上好 ☀️\n1\t2"
    assert clean("a\r\nb\rc") == "a\nb\nc"


def test_a_post_has_its_mentions_in_front_and_a_paragraph_for_each_line():
    effect = SendText(to=GROUP, text="第一行\n\n第三行", mentions=(ou("ou_a"), Everyone.ALL))
    at, blank = {"tag": "at", "user_id": "ou_a"}, {"tag": "text", "text": " "}
    assert encode_post(effect) == {
        "zh_cn": {
            "content": [
                [at, blank, {"tag": "at", "user_id": "all"}, blank, {"tag": "text", "text": "第一行"}],
                [{"tag": "text", "text": " "}],
                [{"tag": "text", "text": "第三行"}],
            ]
        }
    }


def test_the_words_of_a_post_are_the_same_sent_and_found():
    sent = encode_post(SendText(to=GROUP, text="一\n\n二", mentions=(ou("ou_a"),)))
    found = {
        "title": "",
        "content": [
            [
                {"tag": "at", "user_id": "@_user_1"},
                {"tag": "text", "text": " "},
                {"tag": "text", "text": "一"},
            ],
            [],
            [{"tag": "text", "text": "二"}],
        ],
    }
    assert post_words(found) == post_words(sent) == "一\n\n二"
    assert post_words({"zh_cn": 3}) == ""


@pytest.mark.parametrize(
    "who", [Account(Platform.DINGTALK, "u1"), ou("all"), ou("ou_a></at><at id=all"), ou("")]
)
def test_a_mention_that_could_carry_markup_is_refused(who):
    with pytest.raises(Rejected):
        encode_post(SendText(to=GROUP, text="x", mentions=(who,)))


def test_a_card_as_feishu_draws_it():
    card = Card(
        title="停电\n通知",
        body=("今晚八点", "请保存文件"),
        hint="行政部",
        state="已发出",
        tone=Tone.URGENT,
        mentions=(ou("ou_a"), Everyone.ALL),
        buttons=(
            Button(label="就这样", action="a1", style=Style.PRIMARY),
            Button(label="取消", action="a2", style=Style.DANGER),
        ),
    )
    assert encode_card(card) == {
        "schema": "2.0",
        "config": {"update_multi": True},
        "header": {"title": {"tag": "plain_text", "content": "停电 通知"}, "template": "red"},
        "body": {
            "elements": [
                {"tag": "markdown", "content": "<at id=ou_a></at> <at id=all></at>"},
                {"tag": "div", "text": {"tag": "plain_text", "content": "今晚八点"}},
                {"tag": "div", "text": {"tag": "plain_text", "content": "请保存文件"}},
                {"tag": "div", "text": {"tag": "plain_text", "content": "已发出"}},
                {
                    "tag": "div",
                    "text": {
                        "tag": "plain_text",
                        "content": "行政部",
                        "text_size": "notation",
                        "text_color": "grey",
                    },
                },
                {
                    "tag": "button",
                    "text": {"tag": "plain_text", "content": "就这样"},
                    "type": "primary_filled",
                    "behaviors": [{"type": "callback", "value": {"a": "a1"}}],
                },
                {
                    "tag": "button",
                    "text": {"tag": "plain_text", "content": "取消"},
                    "type": "danger",
                    "behaviors": [{"type": "callback", "value": {"a": "a2"}}],
                },
            ]
        },
    }
    assert words(card) == ["停电\n通知", "今晚八点", "请保存文件", "已发出", "行政部", "a1", "a2"]


def test_a_card_with_too_many_elements_is_refused():
    with pytest.raises(Rejected):
        encode_card(Card(title="x", body=("y",) * 100))
