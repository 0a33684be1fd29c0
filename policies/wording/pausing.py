"""暂停的话 (pausing): who has stopped what until when, to whoever asks; the way back is a button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from policies import tags
from policies.card import Card, Style
from policies.wording import counts, moments
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import DROP, PASS_ON, Refusal

RESUME = Choice(id="resume", label="现在恢复", style=Style.PRIMARY)
ASK_UNTIL = "暂停到什么时候？连时间一起说，比如“暂停驿站到今天 15:00”，到点我自己恢复。"
RESUMED = "已恢复"
NOT_PAUSED = "现在没有暂停，一切照常。"


def paused(
    until: datetime, urgent_by: Sequence[str], now: datetime, action_of: ActionOf, *, zone: str
) -> Card:
    """To the admin who said it.

    Args:
        urgent_by: who may still send what is urgent.
    """
    when = moments.at(until, now, zone=zone)
    still = counts.either(list(urgent_by))
    urgent = f"紧急公告仍可由{still}发出。" if still else "紧急公告不受影响。"
    return Card(
        title="已暂停",
        body=(
            f"好。到 {when} 前我不发公告；已排好的会留着，不会丢，也不会到时一下子涌出来。",
            f"有人找我时，我会说是你让我暂停的。{urgent}",
        ),
        buttons=buttons((RESUME,), action_of),
    )


def resumed(waiting: int) -> str:
    if not waiting:
        return "好，恢复了。暂停期间没有攒下公告。"
    return f"好，恢复了。攒下的 {waiting} 份从现在起错开发，不会一下子涌出来。"


def over() -> Card:
    """The card after its button was pressed."""
    return Card(title="已恢复", body=("公告照常发了。",), state="已恢复")


def state(by: str, until: datetime, now: datetime, *, zone: str) -> str:
    """To anybody who asks, and under every preview."""
    who = tags.one_line(by, 12) or "管理员"
    return f"{who}让我暂停到 {moments.at(until, now, zone=zone)}，公告到时再发；已排好的都留着。"


CUT_OFF = "我没有暂停，但是收发不全。"


def running() -> str:
    return "我在正常运行，没有暂停。"


def quota(platform_label: str, spent: int, of: int) -> str:
    """Where the month is counted out."""
    return f"{platform_label}接口这个月用了 {spent}/{of} 次。"


def line_is_closed(platform_label: str) -> str:
    return f"{platform_label}的连接现在断着，是我这边在重连。"


def only_admins(names: Sequence[str]) -> Refusal:
    who = counts.either(list(names)) or "管理员"
    return Refusal(
        text=f"暂停和恢复要由{who}来说，我没有动。急着停自己的那条，按〔不发了〕。", ways=(PASS_ON, DROP)
    )


TOMORROW = Choice(id="暂停驿站到明天早上九点", label="停到明天早上九点")


def past(until: datetime, now: datetime, *, zone: str) -> Refusal:
    return Refusal(
        text=f"{moments.at(until, now, zone=zone)} 已经过去了，没有暂停。再给我一个以后的时间。",
        ways=(TOMORROW,),
    )
