"""拒绝 (refusal): what was not done and why; it cannot be said without something to press."""

from __future__ import annotations

from dataclasses import dataclass

from policies.card import MAX_BUTTONS
from policies.wording.choice import Choice

SEE_HELP = Choice(id="你会什么", label="看看你会什么")
WRITE_ONE = Choice(id="发通知", label="发通知")
COMPLAIN = Choice(id="我要反馈", label="我要反馈")
MINE = Choice(id="我的消息", label="看我的消息")
TAKE_BACK = Choice(id="撤回", label="撤回这条")
EDIT = Choice(id="改内容", label="改内容")
DROP = Choice(id="不发了", label="不发了")
"""The id of each of these is what it stands for: pressed, it is heard as if these words had been said."""

AGAIN = Choice(id="say-again", label="再试一次")
"""The refused words once more."""
AFRESH = Choice(id="afresh", label="由我重新发")
"""What will not leave any more, begun anew at a preview."""
PASS_ON = Choice(id="pass-on", label="转告管理员")
"""The refused words go, with the name of who said them, to those who may do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is answered in private to something that was not done.

    Attributes:
        text: what was not done, and why.
        ways: what can be pressed instead: words (a choice's id), ``AGAIN`` or ``PASS_ON``.
    """

    text: str
    ways: tuple[Choice, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.ways) <= MAX_BUTTONS:
            raise ValueError(f"a refusal has 1 to {MAX_BUTTONS} ways out, not {len(self.ways)}: {self.text}")

    def __str__(self) -> str:
        return self.text
