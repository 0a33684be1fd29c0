"""What people read in the conversations around an announcement, and what holds of every sentence of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from village import OF_READERS, Actor, Village, village

from sandbox.model import Message


@dataclass(frozen=True)
class Scene:
    """Who does what when, and what stands in what they hear afterwards.

    Attributes:
        steps: ``说 …`` is said, ``按 …`` pressed, ``到 …`` a moment that is travelled to, ``等 …`` minutes; behind each
            what is read then, words or ``〔buttons〕``.
    """

    start: str
    who: dict[str, str]
    to: dict[str, str]
    steps: tuple[tuple[str, tuple[str, ...]], ...]


BOTH = {"feishu": "研发部", "dingtalk": "苏州工厂"}
STORIES = {
    "an unknown year": Scene(
        "2026-12-10 10:00", {"feishu": "陈立", "dingtalk": "何强"}, BOTH,
        (("说 元旦后第一个工作日通知{to}：年度计划会",
          ("2027 年的放假安排我还没有收到", "“周一至周五上班”推算", "1月4日（周一）09:00", "有变化就告诉你",
           "〔先这样排〕", "〔改成指定日期〕")),),
    ),
    "a first meeting": Scene(
        "2026-09-08 10:00", {"feishu": "李想", "dingtalk": "孙莉"}, BOTH,
        (("说 你是谁啊", ("我是驿站，帮大家发通知、守作息、收意见", "“发通知”——先预览", "“我要反馈”——", "“我的消息”——",
                         "我不读群里的聊天", "说“你记录了我什么”就能看", "〔发通知〕", "〔我要反馈〕")),
         ("说 你是谁", ("还是那几句",))),
    ),
    "really urgent": Scene(
        "2026-09-08 21:52", {"feishu": "李想", "dingtalk": "何强"}, BOTH,
        (("说 通知{to}：压机停了，值班的人马上来", ("现在已经下班", "9月9日（周三）09:00–09:10 之间", "〔这件事很急〕")),
         ("按 这件事很急", ("这句话会写进公告，也会出现在月度简报的紧急清单里",)),
         ("说 急急急", ("还看不出为什么不能等", "〔不发了〕")),
         ("说 压机停了，不来会烧毁", ("本月第 1 条紧急", "现在发的原因：压机停了，不来会烧毁"))),
    ),
    "not for everybody": Scene(
        "2026-09-08 10:00", {"feishu": "李想", "dingtalk": "孙莉"}, BOTH,
        (("说 发全员：羽毛球社周五招新", ("全员公告只有", "所以我没有发出去，内容给你留着", "〔改内容〕", "〔不发了〕")),),
    ),
    "misspelt": Scene(
        "2026-09-08 10:00", {"feishu": "赵小满", "dingtalk": "孙莉"}, BOTH,
        (("说 法通知", ("是“发通知”吗？", "〔是〕", "〔不是，看看你会什么〕")),),
    ),
    "before a long rest": Scene(
        "2026-09-30 18:25", {"feishu": "王芳", "dingtalk": "何强"}, {"feishu": "市场部", "dingtalk": "苏州工厂"},
        (("说 通知{to}：明天下午盘点，大家留意",
          ("10月8日（周四）09:00", "内容里的时间到那时还对吗", "〔10月8日早上先问我再发〕", "〔改成：10月8日下午盘点，大家留意〕",
           "〔是假期里的事，只通知值班的人〕")),
         ("按 10月8日早上先问我再发", ()),
         ("到 2026-10-08 08:55", ("要发吗？", "你不回答，我就不发", "〔照发〕")),
         ("到 2026-10-08 09:45", ("还没发：", "〔照发〕", "〔不发了〕"))),
    ),
    "received": Scene(
        "2026-09-08 10:00", {"feishu": "陈立", "dingtalk": "何强"}, BOTH,
        (("说 通知{to}：【重要】周五前交安全责任书 @{who}", ("内容：“【重要】周五前交安全责任书”", "〔就这样〕")),
         ("按 就这样", ()),
         ("等 2", ()),
         ("说 谁还没看", ("人：已读 0，未读 ", "不知道 0", "只说内容，不提谁看没看", "〔提醒一次〕", "〔不用〕"))),
    ),
    "everybody in a wide circle": Scene(
        "2026-09-09 09:30", {"feishu": "王芳", "dingtalk": "何强"}, {"feishu": "市场部", "dingtalk": "苏州工厂"},
        (("说 通知{to}：【重要】明天 10 点全员会，地点三楼 @所有人",
          (" 人，超过 20 人就不用 ", "免得大家看麻木了", "普通公告〕")),),
    ),
    "a wrong number": Scene(
        "2026-09-08 10:02", {"feishu": "王芳", "dingtalk": "孙莉"}, {"feishu": "市场部", "dingtalk": "设备部"},
        (("说 通知{to}：培训预算是 32 万元", ("〔就这样〕",)),
         ("按 就这样", ()),
         ("等 2", ()),
         ("说 撤回刚才那条，数字写错了", ()),
         ("等 3", ("已撤回 ", "撤回前有 "))),
    ),
}  # fmt: skip


@dataclass
class Heard:
    """One person's side of a story: every message with its buttons, as they read it at the end."""

    actor: Actor
    numbers: bool

    def latest(self) -> str:
        """Words and buttons of the latest message, ``〔…〕`` whether they are pressed or answered by a number."""
        message = self.actor.heard()[-1]
        return f"{message.text}\n{''.join(f'〔{label}〕' for label in self.labels(message))}"

    def labels(self, message: Message) -> list[str]:
        shown = [label for _, label in self.actor.platform.buttons(message)]
        return shown or re.findall(r"回复 \d+ ([^·\n]+?)(?= · |$)", message.text, re.MULTILINE)

    async def presses(self, label: str) -> None:
        if not self.numbers:
            await self.actor.presses(label)
            return
        found = re.search(rf"回复 (\d+) {re.escape(label)}", self.actor.last())
        assert found, self.actor.last()
        await self.actor.tells_the_bot(found[1])


async def _played(place: Village, platform: str, story: Scene, *, numbers: bool) -> tuple[Heard, list[str]]:
    """The story, with what was missing; every press is made twice."""
    actor = place.person(platform, story.who[platform])
    heard, missing = Heard(actor, numbers), []
    for step, expected in story.steps:
        kind, _, what = step.partition(" ")
        what = what.format(to=story.to[platform], who=story.who[platform])
        match kind:
            case "说":
                await actor.tells_the_bot(what)
            case "按":
                card = None if numbers else actor.card_with(what)
                await heard.presses(what)
                if card is not None:
                    await _again(place, actor, card, what)
            case "到":
                await place.travel(what)
            case _:
                await place.pass_time(minutes=int(what))
        read = heard.latest().replace("＠", "@")
        missing += [f"{step}: {part!r} in {read!r}" for part in expected if part not in read]
    return heard, missing


async def _again(place: Village, actor: Actor, card: Message, label: str) -> None:
    """The same press once more, if the card still shows it: nothing new reaches anybody else."""
    action = next((action for action, shown in actor.platform.buttons(card) if shown == label), "")
    if not action:
        return
    before = _of_others(place, actor)
    await actor.platform.press(actor.person, card, action)
    await place.rest()
    assert _of_others(place, actor) == before


def _of_others(place: Village, actor: Actor) -> list[str]:
    log = place.town.log.get(actor.platform.name, [])
    return [one.id for one in log if one.sender == "bot" and one.person != actor.person.id]


# ── What holds of every sentence ──────────────────────────────────────────────────────────────────

CLOCK = re.compile(r"(?<![\d:])\d{1,2}:\d{2}(?!\d)")
DAY = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日（周([一二三四五六日])）")
QUOTED = re.compile(r"“[^”]*”")
WEEKDAYS = "一二三四五六日"


def _own_words(text: str) -> str:
    """Without what people wrote, which stays as they wrote it."""
    return QUOTED.sub("“”", text)


def _without_a_day(text: str) -> list[str]:
    """Clocks that no date with a weekday stands before; the end of a span has that of its beginning."""
    said = _own_words(text)
    return [
        said[max(0, found.start() - 16) : found.end()]
        for found in CLOCK.finditer(said)
        if not re.search(r"日（周.）\s?$|–$", said[: found.start()])
    ]


def _wrong_weekdays(text: str, year: int) -> list[str]:
    return [
        found[0]
        for found in DAY.finditer(_own_words(text))
        if WEEKDAYS[date(int(found[1] or year), int(found[2]), int(found[3])).weekday()] != found[4]
    ]


def _without_a_whole(text: str) -> list[str]:
    """Figures of how far it came that do not say of how many, nor are told apart into parts of a whole."""
    said = _own_words(text)
    bare = re.findall(r"(?:已送达|已撤回|撤回前有|已有) \d+(?![\d/])[^\n。]*", said)
    rates = re.findall(r"\d+%(?!（)", said)
    return [one for one in (*bare, *rates) if "不知道" not in one]


def _names_in_notices(place: Village, platform: str, author: str) -> list[str]:
    """Names in what everybody reads: whoever sent it is named, and whom it mentions; nobody else."""
    people = {person.name for person in place.town.people[platform].values() if len(person.name) > 1}
    found = []
    for message in place.town.log.get(platform, []):
        labels = {label for _, label in place.town.platforms[platform].buttons(message)}
        if message.sender != "bot" or labels - OF_READERS or "内容：" in message.text:
            continue
        if message.chat or labels:
            named = {name for name in people if name in message.text and name != author}
            found += [f"{name}: {message.text}" for name in named]
    return found


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
async def test_the_words_of_a_story(tmp_path: Path, platform: str, story: Scene) -> None:
    async with village(tmp_path, platforms=(platform,), start=story.start) as place:
        heard, missing = await _played(place, platform, story, numbers=False)
        assert missing == []
        everything = [one.text for one in place.town.log[platform] if one.sender == "bot"]
        year = int(story.start[:4])
        assert [wrong for text in everything for wrong in _without_a_day(text)] == []
        assert [wrong for text in everything for wrong in _wrong_weekdays(text, year)] == []
        assert [wrong for text in everything for wrong in _without_a_whole(text)] == []
        assert _names_in_notices(place, platform, heard.actor.person.name) == []


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
async def test_the_plain_twin_says_the_same_words(tmp_path: Path, story: Scene) -> None:
    """The same story where nothing can be pressed: the sentences and the ways are there, answered by numbers."""
    without = ("dingtalk.card_template",)
    async with village(tmp_path, platforms=("dingtalk",), start=story.start, without=without) as place:
        _, missing = await _played(place, "dingtalk", story, numbers=True)
        assert missing == []


@pytest.mark.parametrize("reads", [False, True])
async def test_what_is_read_and_who_sees_what_is_said_by_the_running_configuration(
    tmp_path: Path, reads: bool
) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00", start_bot=False) as place:
        there = f'"feishu:{place.chat("feishu", "研发部").id}"' if reads else ""
        with place.config.open("a", encoding="utf-8") as out:
            out.write(f"\n[privacy]\nnotice_published = 2026-09-01\nread_groups = [{there}]\n")
            out.write(f"show_readers_to_author = {str(reads).lower()}\n")
        await place.start_bot()
        person = place.person("feishu", "李想")
        for asked in ("你是谁", "你记录了我什么"):
            await person.tells_the_bot(asked)
            assert ("我不读群里的聊天" in person.last()) is not reads
            assert ("我只看“研发部”里新发的消息" in person.last()) is reads
        assert ("看不到名单" in person.last()) is not reads


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("9月9日（周三）09:00–09:10 之间送达", False),
        ("“明早 9:30 开会”到 9月9日（周三）09:00 左右", False),
        ("09:05 左右发出", True),
        ("9月9日 09:05 左右发出", True),
    ],
)
def test_a_clock_without_its_day_is_found(text: str, is_wrong: bool) -> None:
    assert bool(_without_a_day(text)) is is_wrong


def test_a_weekday_that_is_another_ones_is_found() -> None:
    assert _wrong_weekdays("9月9日（周四）09:00，2027年1月4日（周一）", 2026) == ["9月9日（周四）"]


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("已送达 23/41 人", False),
        ("已送达 23 人", True),
        ("及时率 100%（23/23 份）", False),
        ("及时率 95%", True),
        ("撤回前有几人看过：不知道", False),
    ],
)
def test_a_figure_without_its_whole_is_found(text: str, is_wrong: bool) -> None:
    assert bool(_without_a_whole(text)) is is_wrong
