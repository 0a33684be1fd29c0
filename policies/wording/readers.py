"""已读的话 (readers): counts with what nobody knows; names only where the company has said so beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags
from policies.card import Card, Style
from policies.metrics import Because, Readers
from policies.model import Platform
from policies.wording import counts
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import MINE, WRITE_ONE, Refusal

REMIND = Choice(id="remind-readers", label="提醒一次", style=Style.PRIMARY)
NAMES = Choice(id="reader-names", label="查看名单")
NO_NEED = Choice(id="no-remind", label="不用")
NOTHING_SENT = Refusal(text="你最近没有发出去的通知。说“我的消息”看看都有哪些。", ways=(MINE, WRITE_ONE))
ENOUGH = "这条已经提醒过 2 次，不再提醒了，免得大家烦"
LEFT_ALONE = "好，不提醒"
NOBODY = "没有要提醒的人了"

LONGEST_LIST = 60


def answer(text: str, found: Readers, received: int, choices: Sequence[Choice], action_of: ActionOf) -> Card:
    """``23 人：已读 17，未读 4，不知道 2（…）``; 已读, 收到 and 同意 are three things.

    Args:
        received: how many pressed 收到; 0 is not mentioned.
    """
    parts = [f"已读 {len(found.read)}", f"未读 {len(found.unread)}", f"不知道 {len(found.unknown)}"]
    parts += [f"已离开 {len(found.left)}"] if found.left else []
    why = _because(found)
    lines = [f"{counts.quoted(text, 24)}{found.all} 人：{'，'.join(parts)}{f'（{why}）' if why else ''}。"]
    if received:
        lines.append(f"按过收到的 {counts.share(received, found.all)}。")
    if any(choice.id == REMIND.id for choice in choices):
        n = len(found.unread) + len(found.unknown)
        lines.append(f"要不要我私下再提醒这 {n} 位一次？只说内容，不提谁看没看。")
    return Card(title="看了多少", body=tuple(lines), buttons=buttons(choices, action_of))


def nobody_known(text: str) -> str:
    """It went into a group of which nobody tells who is in it."""
    return f"{counts.quoted(text, 24)}发在群里，平台不告诉我群里有谁，所以谁看了我不知道。"


def _because(found: Readers) -> str:
    return "；".join(
        f"{n} 位{_REASONS[why].format(platform=platform.label, hours=_WINDOWS[platform])}"
        for (platform, why), n in sorted(found.because.items())
    )


_WINDOWS = {Platform.FEISHU: "7 天", Platform.DINGTALK: "24 小时"}
_REASONS = {
    Because.NOT_SENT: "还没有送达",
    Because.TOO_LATE: "在{platform}，超过 {hours}，平台就不再告诉我",
    Because.NOT_ASKED: "在{platform}，平台这次没有告诉我",
}


def reminder(text: str, author: str) -> str:
    """What the reminded read: the content, and no word about who has read."""
    return f"再提一下：{tags.clean(text).strip()}\n—— {tags.one_line(author)}"


def reminded(n: int) -> str:
    return f"好，上班时间里提醒这 {n} 位"


def names(unread: Sequence[str], unknown: Sequence[str]) -> str:
    lines = [f"未读 {len(unread)} 位：{_listed(unread)}。", f"不知道 {len(unknown)} 位：{_listed(unknown)}。"]
    return "\n".join([*lines, "告知书里写明了名单会给发起人看；请不要转发，也不用于绩效。"])


def _listed(people: Sequence[str]) -> str:
    shown = "、".join(tags.one_line(name, 16) for name in people[:LONGEST_LIST])
    more = f"等 {len(people)} 位" if len(people) > LONGEST_LIST else ""
    return f"{shown}{more}" or "没有"
