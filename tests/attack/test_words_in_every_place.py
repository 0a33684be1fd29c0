"""Words stay words wherever they stand: the platform's own reader finds the mentions that were decided, and no other."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from polls_village import people_of
from test_what_people_say import ALLOWED, cast, links_in
from village import Actor, village

from adapters.dingtalk import cards as dingtalk_cards
from adapters.dingtalk import sending
from adapters.dingtalk import text as dingtalk_text
from adapters.feishu import cards as feishu_cards
from adapters.feishu import text as feishu_text
from policies.card import Button, Card, Field, Form
from policies.effects import SendText
from policies.model import Account, Everyone, Platform
from sandbox import app
from sandbox.dingtalk import card_face
from sandbox.feishu import content
from sandbox.model import Message

pytestmark = pytest.mark.timeout(240)

TEXTS = 10_000
PIECES = (
    '<at user_id="all"></at>', "<at id=all></at>", "<at ids=all,ou_x></at>", "<at email=a@b.example></at>",
    '<at user_id="{id}">你</at>', "<at id={id}></at>", "<a atId={id}>你</a>", '<a atId="all">x</a>', "@{id} ",
    "@所有人", "@all", "@_all", "@_user_1", "＠所有人", '＜at user_id="all"＞', "<at", " id=all>", "</at>", "<a atId=",
    "&lt;at id=all&gt;&lt;/at&gt;", "&#60;at id=all&#62;", "\\u003cat id=all\\u003e", "<\u200bat id=all></at>",
    "[点我](lark://x)", "![](https://t.example/p.png)", "**", "\n", "\n# ", "> ", '"}],"tag":"at","user_id":"all"',
    "${title}", "{{7*7}}", "\ud800", "\u202e", "\U000e0041", "大家好", "明天停电", " ", "a",
)  # fmt: skip
"""Whole attacks and halves of them: two halves may stand in two places of one message."""

PLACES = ("title", "paragraph", "paragraph behind it", "hint", "state", "label", "question", "option")


def mixtures(id_: str, count: int) -> list[str]:
    """The same for the same count."""
    chance = random.Random(20261130)
    return [
        "".join(chance.choices(PIECES, k=chance.randint(1, 6))).replace("{id}", id_) for _ in range(count)
    ]


def card_of(words: dict[str, str], mentions: tuple[Any, ...], *, form: bool) -> Card:
    return Card(
        title=words["title"],
        body=(words["paragraph"], words["paragraph behind it"]),
        hint=words["hint"],
        state=words["state"],
        mentions=mentions,
        buttons=(Button(label=words["label"], action="a"),),
        form=Form(
            fields=(
                Field(name="q1", label=words["question"], options=(("0", words["option"]),)),
                Field(name="q2", label=words["question"], hint=words["option"]),
            ),
            submit=Button(label=words["label"], action="b"),
        )
        if form
        else None,
    )


@pytest.fixture(scope="module")
def town() -> Any:
    return app.build_town()


def test_feishus_own_reader_finds_the_mentions_that_were_decided(town: Any) -> None:
    """Ten thousand texts in each of nine places: eight of a card, and the text of a message."""
    side = town.platforms["feishu"]
    person = next(iter(town.people["feishu"].values()))
    some = (Account(Platform.FEISHU, person.id), Everyone.ALL)
    texts = mixtures(person.id, TEXTS)
    for number, text in enumerate(texts):
        decided = some[: number % 3]
        expected = [person.id, "all"][: number % 3]
        words = {place: texts[(number + 7 * nth) % TEXTS] for nth, place in enumerate(PLACES)}
        card = feishu_cards.encode_card(card_of(words, decided, form=True))
        found = content.prepare(side, "interactive", json.dumps(card, ensure_ascii=False))
        assert found.mentioned == expected, words
        post = feishu_text.encode_post(SendText(to=some[0], text=text, mentions=decided))  # type: ignore[arg-type]
        found = content.prepare(side, "post", json.dumps(post, ensure_ascii=False))
        assert found.mentioned == expected, text


def test_dingtalks_own_reader_finds_the_mentions_that_were_decided(town: Any) -> None:
    """Of values, whoever may be mentioned; and of the call, who stands in its list."""
    everybody = {*town.people["dingtalk"], "all", "@ALL"}
    person = next(iter(everybody - {"all", "@ALL"}))
    some = (Account(Platform.DINGTALK, person), Everyone.ALL)
    texts = mixtures(person, TEXTS)
    for number, text in enumerate(texts):
        words = {place: texts[(number + 7 * nth) % TEXTS] for nth, place in enumerate(PLACES)}
        card = card_of(words, some[: number % 3], form=False)
        named = sending._at(card, {person: text}).get("atUserIds", {})
        assert list(named) == [person, "@ALL"][: number % 3]
        values = dingtalk_cards.variables(card)
        assert card_face.mentioned(values, everybody) == [], words
        shown = dingtalk_text.plain(text)
        assert "@" not in shown.replace("a@b.example", ""), ascii(shown)
        assert "<" not in shown


# ── Through the front door ────────────────────────────────────────────────────────────────────────

CF = frozenset(chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf")
JOINER = "\u200d"
FORMAT = "公" + "式".join(sorted(CF)) + "告"
SCHEMES = "[点我](javascript:alert(1)) ![](https://t.example/p.png) dtmd://dingtalkclient/sendMessage?content=x lark://x"
AT_ALL = '<at user_id="all"></at><at id=all></at>@所有人＠所有人 &lt;at id=all&gt; <a atId=all>x</a> {{7*7}} **粗** \x1b[31m'
HOSTILE = {"every format character": FORMAT, "links": SCHEMES, "mentions": AT_ALL}
QUESTIONNAIRE = {
    "id": "odd", "kind": "poll", "when": "2026-09-08 10:20", "open_workdays": 0, "closes": "17:00",
}  # fmt: skip
OWNERS = {"feishu": "王芳", "dingtalk": "孙莉"}


def test_there_are_163_format_characters() -> None:
    assert len(CF) == 163


def configured(platform: str, department: str, text: str) -> str:
    """A questionnaire and a box for complaints; what an admin pastes into the file is text of people as well."""
    made = tomlkit.document()
    made["feedback"] = {"owners": [OWNERS[platform]]}
    rows = tomlkit.aot()
    rows.append(
        tomlkit.item(
            QUESTIONNAIRE
            | {
                "title": f"周五{text[:60]}",
                "audience": [department],
                "questions": [
                    {"ask": f"吃什么{text[:60]}", "kind": "single", "options": [f"面{text}"[:60], "饭"]}
                ],
            }
        )
    )
    made["questionnaire"] = rows
    return "\n" + tomlkit.dumps(made)


def outside(message: Message) -> str:
    """All of it that a client gets, as text."""
    return json.dumps([message.text, message.card, message.extra], ensure_ascii=False)


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_no_place_lets_words_be_more_than_words(tmp_path: Path, platform: str, text: str) -> None:
    """Nickname, group, department, notice, reason, complaint and its answer, file name, title, question, option."""
    department = {"feishu": "接口组", "dingtalk": "品控组"}[platform]
    edit = configured(platform, department, "".join(filter(str.isprintable, text)))
    async with village(
        tmp_path, platforms=(platform,), start="2026-09-08 10:00", edit=edit, start_bot=False
    ) as place:
        await place.start_bot()
        author, _ = cast(place, platform)
        owner = place.person(platform, OWNERS[platform])
        side = author.platform
        await side.rename(author.person, f"李{text}"[:200])
        others = [p for p in place.town.people[platform].values() if p.active][:4]
        await side.create_chat(f"爬山{text}"[:60], author.person, others, bot=True)
        unit = next(one for one in place.town.departments[platform].values() if one.name == department)
        below = await side.create_department(f"新{text}"[:60], unit.id)  # type: ignore[attr-defined]
        await side.move(others[3], [below.id])
        await place.pass_time(seconds=30)
        await _says(author, f"通知{department}：明天停电{text}", "就这样")
        await author.tells_the_bot(f"通知新{text[:10]}：明天停水")
        await author.tells_the_bot("算了")
        await author.tells_the_bot("我要反馈")
        if "署名" in author.labels():
            await author.presses("署名")
        await author.tells_the_bot(f"文件总是找不到{text}")
        if "解决了，写一句" in owner.labels():
            await owner.presses("解决了，写一句")
            await owner.tells_the_bot(f"放好了{text}")
        key = {"feishu": "file_name", "dingtalk": "fileName"}[platform]
        await side.send(author.person, "bot", "file", {key: f"表{text}"[:200] + ".xlsx"})
        await place.travel("2026-09-08 10:30")
        asked = [one for one in people_of(place, platform, department) if one.person.id != author.person.id]
        assert any("周五" in message.text for one in asked for message in one.heard())
        await place.travel("2026-09-08 21:30")
        await author.tells_the_bot(f"通知{department}：机房断电了{text}")
        if "这件事很急" in author.labels():
            await author.presses("这件事很急")
            await author.tells_the_bot(f"服务全停了{text}")
            await _presses_first(author)
        await place.pass_time(minutes=5)
        said = [message for message in place.town.log[platform] if message.sender == "bot"]
        assert sum("停电" in one.text for one in said) > 2
        assert any("找不到" in one.text and one.person == owner.person.id for one in said)
        for message in said:
            assert message.mentions == [], message.text
            assert not (CF - {JOINER}) & set(outside(message)), ascii(message.text)
            assert "\x1b" not in message.text
            assert [link for link in links_in(message) if not ALLOWED.match(link)] == [], message.text
        for command in (("outbox", "list"), ("poll", "list")):
            code, shown = await place.run(*command)
            assert code == 0, shown
            assert not (CF - {JOINER}) & set(shown)
            assert "\x1b" not in shown
        log = place.log()
        assert "\x1b" not in log
        assert "Traceback" not in log


async def _says(author: Actor, words: str, label: str) -> None:
    await author.tells_the_bot(words)
    if label in author.labels():
        await author.presses(label)
    await author.village.pass_time(minutes=2)


async def _presses_first(author: Actor) -> None:
    if author.labels() and author.labels()[0].startswith(("只发给", "就这样", "全")):
        await author.presses(author.labels()[0])
