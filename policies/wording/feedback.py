"""反馈的话 (feedback): a person is heard, a ticket has somebody who looks after it, and who asked has the last word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policies import tags
from policies.card import Card, Style
from policies.wording import complaints, counts
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import COMPLAIN, SEE_HELP, Refusal

SIGNED = Choice(id="feedback-signed", label="署名", style=Style.PRIMARY)
ANONYMOUS = Choice(id="feedback-anonymous", label="匿名")
KEEP = Choice(id="feedback-keep", label="署名记下", style=Style.PRIMARY)
DROP = Choice(id="feedback-drop", label="不用记")
TAKE = Choice(id="ticket-take", label="我来处理", style=Style.PRIMARY)
SOLVE = Choice(id="ticket-solve", label="解决了，写一句")
DECLINE = Choice(id="ticket-decline", label="暂不做，写原因")
CONFIRM = Choice(id="ticket-confirm", label="解决了", style=Style.PRIMARY)
ACCEPT = Choice(id="ticket-confirm", label="知道了", style=Style.PRIMARY)
REOPEN = Choice(id="ticket-reopen", label="还没有")
CONTACT = "feedback-contact"

ASK_TEXT = "写给我就行，会带上你的名字转给负责处理的同事，处理完你会收到答复。不想写了就说“算了”。"
DROPPED = "好，没有记"
DONE = "记下了"
GONE = "这一条已经有了结果"
NOT_PASSED = Refusal(text="这一条已经有了结果，你写的没有转过去。", ways=(COMPLAIN, SEE_HELP))
TAKEN_BY_OTHER = "{name}已经在处理了"
ASK_SOLVED = "怎么解决的？写一句，会原样转给提的人。"
ASK_DECLINED = "为什么暂不做？写一句，会原样转给提的人。"
EMPTY = Refusal(text="没有看到内容，所以没有记。", ways=(COMPLAIN,))


def too_long(n: int, longest: int) -> Refusal:
    return Refusal(
        text=f"没有记：太长了，{n} 字；写在 {longest} 字以内，长的放进文档发链接。",
        ways=(replace(COMPLAIN, label="重新写"), SEE_HELP),
    )


def how(action_of: ActionOf, *, anonymous: bool) -> Card:
    """我要反馈: with or without a name."""
    choices = (SIGNED, ANONYMOUS) if anonymous else (SIGNED,)
    return Card(
        title="我要反馈",
        body=(
            "署名：有人负责，处理完答复你，由你来确认。",
            *(("匿名：在卡片里写，聊天框里写的话不是匿名的。",) if anonymous else ()),
        ),
        buttons=buttons(choices, action_of),
    )


def proposed(classes: Sequence[str], action_of: ActionOf) -> Card:
    """Somebody complained without having been asked; nothing is kept before a press."""
    return Card(
        title=f"听起来是在说“{complaints.names(classes)}”",
        body=("要记成反馈吗？记下才会有人处理，也会算进试点的统计。",),
        buttons=buttons((KEEP, DROP), action_of),
    )


def received(number: str, classes: Sequence[str], owners: Sequence[str]) -> str:
    who = counts.either(list(owners)) or "管理员"
    return f"记下了，编号 {number}（{complaints.names(classes)}），转给了{who}。处理完会答复你，由你来确认。"


def for_owner(
    number: str, name: str, department: str, classes: Sequence[str], text: str, action_of: ActionOf
) -> Card:
    return Card(
        title=f"新的反馈 {number}：{complaints.names(classes)}",
        body=(f"{tags.one_line(name, 16)}（{tags.one_line(department, 16)}）：", tags.clean(text).strip()),
        buttons=buttons((TAKE, SOLVE, DECLINE), action_of),
    )


def again(number: str, name: str, text: str, action_of: ActionOf) -> Card:
    return Card(
        title=f"反馈 {number} 还没有解决",
        body=(f"{tags.one_line(name, 16)}说还没有解决。原话：", tags.clean(text).strip()),
        buttons=buttons((TAKE, SOLVE, DECLINE), action_of),
    )


def taken(number: str, by: str) -> str:
    return f"你的反馈 {number}，{tags.one_line(by, 16)}在处理了。"


def answered(
    number: str, by: str, answer: str, *, is_solved: bool, choices: Sequence[Choice], action_of: ActionOf
) -> Card:
    done = "处理好了" if is_solved else "暂时不做"
    return Card(
        title=f"你的反馈 {number}：{done}",
        body=(f"{tags.one_line(by, 16)}：{tags.clean(answer).strip()}",),
        hint="由你来确认，别人不能替你说解决了。" if is_solved else "",
        buttons=buttons(choices, action_of),
    )


def answer_sent(name: str) -> str:
    return f"好，转给{tags.one_line(name, 16)}了，等对方确认。"


def confirmed_face(number: str) -> Card:
    return Card(title=f"反馈 {number}", body=("谢谢你告诉我。",), state="已确认")


def reopened_face(number: str) -> Card:
    return Card(title=f"反馈 {number}", body=("好，重新打开了，会再有人看。",), state="重新打开")


def confirmed(number: str, name: str) -> str:
    """To its owner."""
    return f"反馈 {number}：{tags.one_line(name, 16)}确认了。"


# ── 人身与安全 ────────────────────────────────────────────────────────────────────────────────────


def contact(name: str) -> Choice:
    return Choice(id=CONTACT, label=f"联系{tags.one_line(name, 8)}")


def help_first(contacts: Sequence[str], choices: Sequence[Choice], action_of: ActionOf) -> Card:
    """People before procedure: nothing is written down or passed on but by a press."""
    who = counts.either(list(contacts))
    there = (
        f"想当面找人帮忙，{who}可以保密面谈。"
        if who
        else "公司还没有配置可以保密面谈的人，请找你信任的同事或上级。"
    )
    return Card(
        title="谢谢你愿意说出来，这不该由你一个人扛着",
        body=(
            f"{there}我不会替你转交，也没有记成反馈，除非你按。",
            "如果现在就有危险：报警 110，急救 120，心理援助 12356。",
        ),
        buttons=buttons(choices, action_of),
    )


def wants_to_talk(name: str) -> str:
    """To the contact, because its sender pressed: a name, and no word of what was said."""
    return f"{tags.one_line(name, 16)}想私下和你谈谈，请尽快主动联系。原因没有告诉我，请保密。"


def contact_told(name: str) -> str:
    return f"告诉{tags.one_line(name, 16)}了：你想私下谈谈。你写的内容没有转过去。"
