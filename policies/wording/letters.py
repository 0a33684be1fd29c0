"""匿名信箱的话 (letters): a card to write in, a token to come back with, and what is said of both beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from policies import tags
from policies.card import Button, Card, Field, Form, Style
from policies.wording import counts, moments
from policies.wording.choice import Choice
from policies.wording.refusal import Refusal

TITLE = "匿名信箱"
SUBMIT = Choice(id="letter", label="提交", style=Style.PRIMARY)
ANSWER = Choice(id="letter-answer", label="答复", style=Style.PRIMARY)
TEXT, TOKEN = "text", "token"
LONGEST = 1000
WORDS = "竹河山云松雨石花月星江湖海川溪泉林木草叶风雪霜露日光灯火茶米豆麦桃李梅杏鱼鸟鹿马羊燕鹤舟桥塔亭窗笔墨纸书琴棋画印钟鼓笛伞扇衣布"
"""Characters that are easily said, and told apart, on the telephone; a token is one, four digits, and another."""

TAKEN = "收到，口令在卡片里，记下来"
TAKEN_AGAIN = "收到，接着原来的口令"
SHOWN = "答复在卡片里"
EMPTY = "还没有写。写几句，或者填上口令看答复"
NO_SUCH = "没有这个口令的来信，或者还没到拿信的时候"
MISSPELT = "口令的样子不对，应当像 竹-0417-河"
TOO_MANY = "一小时最多 5 封，歇一会儿再写"
TOO_MANY_TRIES = "口令一小时最多试 20 次，歇一会儿再试"
NO_FORM = Refusal(
    text="这里的卡片没有表单，聊天框里写的话不是匿名的，所以没有匿名信箱。想署名说，按〔署名〕。",
    ways=(Choice(id="署名反馈", label="署名"),),
)
ASK_ANSWER = "答复什么？写一句，对方凭口令来看，我不知道是谁。说“算了”就不写。"
ANSWERED = "好，放进信箱了，对方凭口令来看。"
GONE = "这封信已经过了保存期。"


def card(platform: str, action: str, *, lead: Sequence[str] = ()) -> Card:
    """To write in, and to come back to.

    Args:
        lead: what is shown above: the token just given, or the answer that was asked for.
    """
    promise = (
        "信加密投进信箱，每个工作日开一次，和别人的一起拿出来；不记是谁写的，也不记几点。",
        (
            f"请知道：{platform}技术上看得到你按了提交；那天只有你一封时，能看数据库和发卡记录的人可能猜到是你。"
            "口令只有你知道，丢了我也找不回。写的话别认得出你。"
        ),
    )
    fields = (
        Field(name=TEXT, label="想说的话", longest=LONGEST, hint="聊天框里写的话不是匿名的，请写在这里"),
        Field(
            name=TOKEN, label="口令（第一次不用填；填了就能看答复、接着说）", longest=20, hint="竹-0417-河"
        ),
    )
    return Card(
        title=TITLE,
        body=tuple(lead) or promise,
        form=Form(fields=fields, submit=Button(label=SUBMIT.label, action=action, style=SUBMIT.style)),
    )


def written(token: str, opens: datetime, now: datetime, *, zone: str) -> tuple[str, ...]:
    """The card after a first letter."""
    return (
        f"收到。你的口令是 {token}，记下来。",
        f"{moments.at(opens, now, zone=zone)} 左右和别的信一起拿出来。之后在下面填上口令，就能看到答复，也可以接着说。",
        "丢了我也找不回，因为我不知道是谁写的。",
    )


def conversation(said: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The thread so far, to whoever has its token."""
    names = {"writer": "你", "company": "公司"}
    lines = tuple(f"{names[side]}：{tags.clean(text).strip()}" for side, text in said[-6:])
    waits = () if said and said[-1][0] == "company" else ("还没有答复。",)
    return (*lines, *waits)


def help_here(contacts: Sequence[str]) -> str:
    """Before anything is taken: people come before procedure."""
    who = counts.either(list(contacts))
    there = f"想当面找人帮忙，{who}可以保密面谈。" if who else "有危险先报警 110、急救 120。"
    return f"谢谢你愿意说出来。{there}还没交，再按一次就交"


def for_reader(number: str, place: int, text: str, action: str) -> Card:
    """To whoever looks after feedback."""
    which = "来信" if place == 1 else f"来信（第 {place} 次）"
    return Card(
        title=f"{TITLE} {number}：{which}",
        body=(tags.clean(text).strip(),),
        hint="我不知道是谁写的。答复只有拿着口令的人看得到。",
        buttons=(Button(label=ANSWER.label, action=action, style=ANSWER.style),),
    )
