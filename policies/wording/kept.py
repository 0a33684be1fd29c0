"""你记录了我什么 (kept): counted in the store and said by the running configuration, never fixed text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.wording import said
from policies.wording.choice import Choice
from policies.wording.refusal import Refusal

_NUMBERS = "①②③④⑤⑥⑦⑧"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is there about who asks; days are the configuration's.

    Attributes:
        departments: theirs, by name.
        reads_groups: names of the groups whose new messages are looked at.
        shows_readers: authors may see who has not read.
    """

    name: str
    departments: Sequence[str] = ()
    announcements: int = 0
    receipts: int = 0
    asked: int = 0
    answers: int = 0
    tickets: int = 0
    audit: int = 0
    keep_announcements_days: int = 365
    keep_payloads_days: int = 30
    reads_groups: Sequence[str] = ()
    shows_readers: bool = False


def said_of(view: Kept) -> str:
    """A line for each kind that is there, and what is not kept."""
    kinds = list(_kinds(view))
    lines = [f"{number} {kind}" for number, kind in zip(_NUMBERS, kinds, strict=False)]
    seen = "发的人能看到谁没看" if view.shows_readers else "发的人只看得到人数，看不到名单"
    return "\n".join(
        [
            f"关于你，我这里有 {len(kinds)} 类：",
            *lines,
            f"已读和收到：{seen}。",
            f"没有记录：位置、在线时长。{said.reads(view.reads_groups)}",
        ]
    )


def _kinds(view: Kept) -> Sequence[str]:
    days = view.keep_announcements_days
    where = "、".join(view.departments)
    found = [f"你的姓名{f'和部门（{where}）' if where else ''}，来自通讯录，随它更新。"]
    if view.announcements:
        found.append(f"你经我写的 {view.announcements} 条公告，{days} 天后删。")
    if view.receipts:
        found.append(f"{view.receipts} 次已读或收到，{days} 天后删。")
    if view.asked:
        found.append(f"{view.asked} 份发到你的问卷：匿名的那些，答案和你没有放在一起。")
    if view.answers:
        found.append(f"{view.answers} 份你署名答的问卷，写着你的名字。")
    if view.tickets:
        found.append(f"{view.tickets} 条你署名反映的问题，{days} 天后删。")
    found.append(f"你跟我说的原话，{view.keep_payloads_days} 天后删。")
    if view.audit:
        found.append(f"{view.audit} 条操作记录：你做了什么、什么时候，没有内容。")
    return found


CANNOT_TELL = Refusal(
    text=(
        "这个我查不了，不是不给看：匿名的答案入库时就没有和人放在一起，密钥、日志和备份里也没有。\n"
        "能看的是人数够了以后的合计；署名的，名字就写在那条里。"
    ),
    ways=(
        Choice(id="真的匿名吗", label="匿名是怎么做到的"),
        Choice(id="你记录了我什么", label="你记录了我什么"),
    ),
)
