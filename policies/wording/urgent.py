"""紧急的话 (urgent): the smallest circle first, and which one this month it is."""

from __future__ import annotations

from collections.abc import Sequence

from policies import tags
from policies.card import Card, Style, Tone
from policies.wording import counts
from policies.wording.choice import ActionOf, Choice, buttons

NARROW = "narrow"
"""The id of 〔只发给…〕, whose words depend on whom it is about."""

STAY = Choice(id="stay", label="不用")
WIDEN = Choice(id="widen", label="扩大")
CHOICES = (STAY, WIDEN)

STAYED = "好，就这些人"


def only(label: str, n: int) -> Choice:
    return Choice(id=NARROW, label=f"只发给{tags.one_line(label, 12)}（{n} 人）", style=Style.PRIMARY)


def everybody(n: int) -> Choice:
    return Choice(id="confirm", label=f"发给全部（{n} 人）")


def few_or_all(label: str, n: int, whom: str) -> str:
    return f"先发给最相关的{tags.one_line(label, 12)}（{n} 人），不惊动其余的人？要让{whom}都收到，按〔发给全部〕。"


def which_this_month(used: int, limit: int | None) -> str:
    """本月第几条, with the limit where there is one."""
    return f"这是你本月第 {used + 1} 条紧急{f'，一个月共 {limit} 条' if limit else ''}。"


def sent_to_few(names: Sequence[str], rest: int, action_of: ActionOf) -> Card:
    return Card(
        title="要扩大到全部吗？",
        body=(f"只发给了{counts.names(names)}，没有惊动其余 {rest} 人。",),
        buttons=buttons(CHOICES, action_of),
        tone=Tone.URGENT,
    )


def stayed() -> Card:
    return Card(title="没有扩大", body=("其余的人没有收到。",), tone=Tone.DONE, state="已处理")
