"""到点的话 (due): what the bot says when time passes: still unsent, left, lost, unknown, missed."""

from __future__ import annotations

from datetime import datetime

from policies import tags
from policies.card import Card, Style, Tone
from policies.model import Platform
from policies.wording import counts, moments
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.preview import CANCEL, EDIT, RETIME
from policies.wording.refusal import AFRESH, MINE, Refusal

HAS_ARRIVED = Choice(id="arrived", label="群里有")
HAS_NOT_ARRIVED = Choice(id="not-arrived", label="群里没有，请重发")
UNKNOWN = (HAS_ARRIVED, HAS_NOT_ARRIVED)
SEND_NOW = Choice(id="confirm", label="照发", style=Style.PRIMARY)
ASK = (SEND_NOW, EDIT, RETIME, CANCEL)
ASK_OTHERS = (SEND_NOW, CANCEL)
"""Whoever stands in for an author that has left may let it go or drop it; the words are not theirs."""
NOT_SENT_YET = "还没发，等你点头"
RETRY = Choice(id="retry", label="再试一次")
LET_BE = Choice(id="let-be", label="不用发了")
GIVEN_UP = (RETRY, LET_BE)


def ask_before_release(
    text: str,
    audience_label: str,
    written: datetime,
    now: datetime,
    action_of: ActionOf,
    *,
    zone: str = moments.ZONE,
    from_name: str = "",
) -> Card:
    """It waited long, so its author is asked once; without an answer it does not go.

    Args:
        from_name: whose it was, when somebody else is asked because they have left.
    """
    when, whom = moments.at(written, now, zone=zone), tags.one_line(audience_label)
    mine = f"{when} 你写给{whom}的：{counts.quoted(text, 200)}"
    lines = (mine, "里面的时间现在还对吗？你不回答，我就不发。")
    if from_name:
        theirs = f"{tags.one_line(from_name)} {when} 写给{whom}的：{counts.quoted(text, 200)}"
        lines = (theirs, "写的人已不在通讯录里，所以还没有发。发不发由你定；你不回答，我就不发。")
    return Card(
        title="要发吗？",
        body=lines,
        buttons=buttons(ASK_OTHERS if from_name else ASK, action_of),
    )


def goes_ahead(text: str) -> Card:
    return Card(title="照发", body=(counts.quoted(text),), tone=Tone.DONE, state="照发")


def still_not_sent(text: str, choices: tuple[Choice, ...]) -> Refusal:
    """Nobody answered the question; ``choices``: those of it."""
    return Refusal(text=f"还没发：{counts.quoted(text)}我在等你回答，不回答就不发。", ways=choices)


def changed_at_release(text: str, reasons: tuple[str, ...]) -> Refusal:
    """Judged again when due, and it may not go any more."""
    why = "\n".join(reasons)
    return Refusal(
        text=f"{counts.quoted(text, 24)}到点没有发：排好以后情况变了。\n{why}", ways=(AFRESH, MINE)
    )


def guess_confirmed(text: str, until: datetime, now: datetime, *, zone: str = moments.ZONE) -> str:
    """The year's official days are in and the guessed moment moved; said once."""
    when = moments.at(until, now, zone=zone, about=True)
    return f"放假安排公布了，{counts.quoted(text, 24)}改到 {when}发。说“我的消息”可以改时间。"


def given_up(
    text: str, audience_labels: tuple[str, ...], kind: str, detail: str, action_of: ActionOf
) -> Card:
    """死信, to its author and the admins: given up, so that somebody decides; one card for all of one reason."""
    why = _WHY.get(kind, "平台没有接受")
    return Card(
        title=f"有 {len(audience_labels)} 份没有发出去",
        body=(
            f"{counts.quoted(text, 24)}发给{_whom(audience_labels)}的：{why}（{tags.one_line(detail, 60)}）。",
            "我不会自己再试，等你决定。",
        ),
        buttons=buttons(GIVEN_UP, action_of),
        tone=Tone.IMPORTANT,
    )


def let_be(text: str) -> Card:
    """Whoever was told decided that it need not go."""
    return Card(title=f"好，{counts.quoted(text, 24)}这几份不再发。", tone=Tone.DONE, state="已处理")


def _whom(labels: tuple[str, ...]) -> str:
    """``王芳、何佳``, ``王芳、何佳、李想等 12 处``; the same target is named once."""
    known = [tags.one_line(label) for label in dict.fromkeys(labels)]
    more = f"等 {len(known)} 处" if len(known) > 3 else ""
    return f"{'、'.join(known[:3])}{more}"


_WHY = {
    "NotFound": "对方或群已经不在了",
    "Rejected": "平台不接受这条内容",
    "Forbidden": "缺少权限",
}


def unknown(
    text: str,
    audience_labels: tuple[str, ...],
    tried_at: datetime,
    now: datetime,
    action_of: ActionOf,
    *,
    others: str = "",
    zone: str = moments.ZONE,
) -> Card:
    """结果未知, to author and admins; one card for all that were lost together.

    Args:
        others: what is certain about the rest, e.g. ``飞书的 248/248 人都已确认送达``.
    """
    when = moments.at(tried_at, now, zone=zone)
    rest = f" {tags.one_line(others, 60)}。" if others else ""
    return Card(
        title=f"有 {len(audience_labels)} 条消息我不敢确定发没发出去",
        body=(
            f"发给{_whom(audience_labels)}的{counts.quoted(text)}（{when}）：平台没有回话，我也查不到。",
            f"为避免重复，我没有重发。麻烦你看一眼：{rest}",
        ),
        buttons=buttons(UNKNOWN, action_of),
        tone=Tone.IMPORTANT,
    )


def card_created(
    text: str,
    audience_labels: tuple[str, ...],
    tried_at: datetime,
    now: datetime,
    action_of: ActionOf,
    *,
    zone: str = moments.ZONE,
) -> Card:
    """A card whose answer was lost, and which was found on the platform: it exists, only its delivery is open."""
    when = moments.at(tried_at, now, zone=zone)
    return Card(
        title=f"有 {len(audience_labels)} 张卡片送达待确认",
        body=(
            f"发给{_whom(audience_labels)}的{counts.quoted(text)}（{when}）：卡片在平台上已经建好，送没送到平台没有说。",
            "我没有重发。有人按下它的按钮，就会记成已送达；你也可以看一眼：",
        ),
        buttons=buttons(UNKNOWN, action_of),
        tone=Tone.IMPORTANT,
    )


def certain(platform: Platform, sent: int, of_all: int) -> str:
    """``飞书的 248/248 人都已确认送达``."""
    every = "都已确认送达" if sent == of_all else "已确认送达"
    return f"{platform.label}的 {counts.share(sent, of_all)}{every}"


def missed(first: datetime, last: datetime, now: datetime, *, zone: str = moments.ZONE) -> str:
    """漏收提示: the line was dead, so what was said to the bot then may be lost."""
    return (
        f"{moments.span(first, last, now, zone=zone)} 期间发给我的消息可能没收到，是我这边断线了。\n"
        "那段时间跟我说过的话，麻烦再说一遍；已经排好的不受影响。"
    )


def rest_stopped(text: str) -> Refusal:
    """Its author left between two of its moments: what is still to come has nobody to answer for it."""
    return Refusal(
        text=f"{counts.quoted(text, 24)}还没发的部分停下了：发起人已不在通讯录里。要接着发，由部门负责人重新发一条。",
        ways=(AFRESH,),
    )


def all_have_left(text: str) -> Refusal:
    """Everybody whom it was for has left while it waited."""
    return Refusal(
        text=f"{counts.quoted(text, 24)}没有发：要收的人已经离开，不在通讯录里了。",
        ways=(AFRESH,),
    )
