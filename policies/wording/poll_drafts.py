"""问卷预览的话 (poll drafts): what would be asked of whom, before anybody is asked; and why it is not called anonymous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from policies.card import Card, Style
from policies.questionnaire.model import Ask, Terms
from policies.questionnaire.thresholds import LEAST_AUDIENCE
from policies.wording import counts, moments
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import COMPLAIN, PASS_ON, SEE_HELP, Refusal

SEND = Choice(id="poll-send", label="发出", style=Style.PRIMARY)
DROP = Choice(id="poll-drop", label="不发了")
SIGNED = Choice(id="poll-draft", label="改成署名")
DROPPED = "好，不发"
SENT = "好，到点就发"
ASK_QUESTIONS = "问什么？一行一题；要选项就写成 吃什么：面/饭，想让人写几句就写 说说…。不问了说“算了”。"
NO_QUESTIONS = "没看出要问什么，所以没有发"
_WEEKDAYS = "一二三四五六日"


def preview(terms: Terms, now: datetime, action_of: ActionOf, *, zone: str) -> Card:
    secrecy = f"匿名，满 {terms.least} 份才出结果" if terms.is_anonymous else "署名，你看得到谁答了什么"
    left = f"另有 {terms.left_out} 人的聊天里没有表单，这次不问。" if terms.left_out else ""
    asked = "；".join(_question(one.text, one.kind, one.options) for one in terms.questions)
    return Card(
        title="问卷预览",
        body=(
            f"发给{terms.audience} {terms.size} 人。{left}{secrecy}。",
            asked,
            f"{moments.at(terms.opens_at, now, zone=zone)} 发，{moments.at(terms.closes_at, now, zone=zone)} 结束。",
            f"看得到结果的：{counts.either(terms.readers)}，还有收到问卷的人。发出去就改不了。",
        ),
        buttons=buttons((SEND, DROP), action_of),
    )


def _question(text: str, kind: Ask, options: Sequence[str]) -> str:
    how = {Ask.SCALE: "1–5 分", Ask.TEXT: "写几句"}.get(kind, "/".join(options))
    return f"“{text}”（{how}）"


def wider(label: str, size: int) -> Choice:
    return Choice(id="poll-draft", label=f"并到{label}一起问（{size} 人）", style=Style.PRIMARY)


def too_small(label: str, size: int, choices: Sequence[Choice], action_of: ActionOf) -> Card:
    return Card(
        title="这份问卷我没有发",
        body=(
            f"{label}能用表单作答的只有 {size} 人，少于 {LEAST_AUDIENCE} 人的问卷我不叫匿名：人太少，答案会认出人来。",
            "也可以请大家用匿名信箱，随时能写：对我说“匿名反馈”。",
        ),
        buttons=buttons(choices, action_of),
    )


def not_yours(label: str, heads: Sequence[str], admins: Sequence[str]) -> Refusal:
    people = [*heads, *admins][:3]
    who = counts.either(people) or "管理员"
    passed = replace(PASS_ON, label=f"转告{counts.names(people, 2)}") if people else PASS_ON
    return Refusal(text=f"问{label}的问卷要由{who}来发，所以没有发。", ways=(passed, COMPLAIN))


def which(said: str, written: str, near: Sequence[str]) -> Refusal:
    """``said``: the whole of it; a department that is near can be pressed in place of the one written."""
    hint = f"是不是{counts.either(list(near[:2]))}？" if near else ""
    there = [
        Choice(id=said.replace(written, one, 1), label=one) for one in near[:2] if written and written in said
    ]
    return Refusal(
        text=f"不知道“{written}”是哪个部门，所以没有发。{hint}说全部门的名字再来一次。",
        ways=(*there, SEE_HELP),
    )


def no_questions(label: str, *, is_anonymous: bool) -> Refusal:
    """What was said had no question in it; pressed, the whole thing begins anew."""
    how = "匿名" if is_anonymous else "署名"
    again = Choice(id=f"给{label}发个{how}问卷", label="重新写问题")
    return Refusal(text=f"{NO_QUESTIONS}。一行一题，带上问号就行。", ways=(again, SEE_HELP))


def nobody(label: str) -> Refusal:
    return Refusal(text=f"{label}里现在没有能收到问卷的人，所以没有发。", ways=(PASS_ON, SEE_HELP))


def weekly(
    label: str,
    weekday: int,
    clock: str,
    *,
    is_anonymous: bool,
    readers: Sequence[str],
    conflicts: Sequence[tuple[date, date]],
    today: date,
) -> str:
    """A fixed rhythm belongs into the configuration: what it would be, who sees it, and what falls on a day off.

    Args:
        conflicts: each day off with the workday before it.
    """
    secrecy = "匿名，满 5 份才出结果" if is_anonymous else "署名"
    listed = "、".join(
        f"{moments.day(day, today)}（可以挪到 {moments.day(before, today)}，或者跳过）"
        for day, before in conflicts[:3]
    )
    off = (
        f"碰上休息日：{listed}。到时先问管理员；想现在就定，在配置里写 on_day_off。"
        if conflicts
        else "接下来两个月没有碰上休息日的。"
    )
    return (
        f"每周{_WEEKDAYS[weekday]} {clock} 问{label}，{secrecy}，每次开放到下一个工作日 12:00，开始后就改不了。"
        f"看得到结果的人：{'、'.join(readers)}，还有参与的人。\n{off}\n"
        "固定的安排写在配置里，我不替你改：写法已经发给管理员，填上问题、重启之后才生效。"
    )


def weekly_for_admins(by: str, readers: Sequence[str], line: str) -> str:
    return (
        f"{by}想要一份固定的问卷，看得到结果的是 {'、'.join(readers)}。"
        f"把“…”换成问题，放进 config.toml，yizhan check 没有意见再重启：\n{line}"
    )
