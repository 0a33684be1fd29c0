"""撤回的话 (recall): what was taken back, what could not be and why, and who had read it before."""

from __future__ import annotations

from dataclasses import dataclass

from policies import tags
from policies.card import Card, Style, Tone
from policies.wording import counts
from policies.wording.choice import ActionOf, Choice, buttons
from policies.wording.refusal import MINE, TAKE_BACK, Refusal

CORRECT = Choice(id="correct", label="发更正", style=Style.PRIMARY)
LEAVE = Choice(id="leave-it", label="不用")
CHOICES = (CORRECT, LEAVE)

SHARED = "和别人的通知合成了一条文字，收不回其中一条"
"""Where there are no cards a morning's notices for one group are one text."""
LEFT_AS_IT_IS = "好，就这样"
GONE_ALREADY = Refusal(text="已经发出去了，取消不了；我可以试着收回来。", ways=(TAKE_BACK, MINE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How far the taking back has come, in copies.

    Attributes:
        gone: not to be seen any more.
        emptied: cards that stay as 已撤回, without their words.
        kept: the platform refused, ``why``.
        lost: nobody knows whether they arrived, or whether they are gone.
        read: readers before, ``None`` = 不知道.
    """

    gone: int = 0
    emptied: int = 0
    kept: int = 0
    lost: int = 0
    read: int | None = None
    why: str = ""

    @property
    def all(self) -> int:
        return self.gone + self.emptied + self.kept + self.lost


def under_way(text: str, copies: int) -> str:
    return f"{counts.quoted(text, 24)}正在撤回，{copies} 份，好了告诉你。"


def done(text: str, figures: Figures, action_of: ActionOf | None = None) -> Card:
    """With ``action_of`` those who had read can be told what is right."""
    ask = (
        "要不要发更正，告诉收到的人哪个是对的？" if figures.kept else "要不要发更正，只告诉看过的人哪里不对？"
    )
    asks = [ask] if action_of else []
    return Card(
        title=_state(figures),
        body=(f"{counts.quoted(text, 24)}{''.join(_figures(figures))}", "".join([_read(figures), *asks])),
        buttons=buttons(CHOICES, action_of) if action_of else (),
        tone=Tone.CALM if action_of else Tone.DONE,
    )


def face(text: str, figures: Figures) -> Card:
    """The author's card of the announcement: gone, or as far as it could be taken back."""
    state = _state(figures)
    return Card(
        title=state, body=(counts.quoted(text), "".join(_figures(figures))), tone=Tone.GONE, state=state
    )


def ask_correction() -> str:
    return "对的是什么？写给我，我加上“更正”两个字，先给你预览，只发给看过或可能看过的人。"


def correction(text: str) -> str:
    said = tags.clean(text).strip()
    return said if said.startswith("更正") else f"更正：{said}"


def _state(figures: Figures) -> str:
    """已撤回 is said when nothing of it stays, and only then."""
    if not figures.kept + figures.lost:
        return "已撤回"
    return "撤回了一部分" if figures.gone + figures.emptied else "没有撤回来"


def _figures(figures: Figures) -> list[str]:
    back = figures.gone + figures.emptied
    said = [f"已撤回 {back}/{figures.all} 份。"]
    if figures.emptied:
        said.append(f"其中 {figures.emptied} 份卡片还在，里面只剩“已撤回”三个字。")
    if figures.kept:
        said.append(f"{figures.kept} 份撤不回（{tags.one_line(figures.why, 60) or '已超过平台时限'}）。")
    if figures.lost:
        said.append(f"{figures.lost} 份结果不知道。")
    return said


def _read(figures: Figures) -> str:
    if figures.read is None:
        return "撤回前有几人看过：不知道，平台没有告诉我。"
    return f"撤回前有 {figures.read}/{figures.all} 人看过。"
