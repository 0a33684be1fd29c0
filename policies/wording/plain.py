"""纯文本的卡片 (plain twin): the same card for those who cannot press, answered by a number."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from policies import tags
from policies.card import Card

_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_AROUND = " \t\n.。、，,！!：:()（）[]【】〔〕［］「」“”\"'#第个项条选回复"
LONGEST_ANSWER = 60


def twin(card: Card, first: int = 1) -> str:
    """Title, body, hint and state as lines, and ``回复 1 就这样 · 回复 2 改内容``.

    Args:
        first: the first number, where lower ones stand for a question that is still open.
    """
    lines = [card.title, *card.body, card.hint, f"〔{card.state}〕" if card.state else ""]
    answers = " · ".join(f"回复 {nth} {button.label}" for nth, button in enumerate(card.buttons, start=first))
    return "\n".join(line for line in [*lines, answers] if line)


def choice(text: str, card: Card) -> int | None:
    """Which button an answer means, counted from 0; ``None`` when it is none of them.

    Understood: ``1``, ``1.``, its full-width and circled forms, ``一``, ``回复 1``, the button's own words, with or without brackets.
    """
    return picked(text, [button.label for button in card.buttons])


def picked(text: str, labels: Sequence[str]) -> int | None:
    """The same, of labels alone: what is kept of a card that was shown earlier."""
    if len(text) > LONGEST_ANSWER:
        return None
    said = _bare(text)
    for nth, label in enumerate(labels):
        if said and said == _bare(label):
            return nth
    number = _CHINESE.get(said) or (int(said) if said.isascii() and said.isdigit() else 0)
    return number - 1 if 1 <= number <= len(labels) else None


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", tags.clean(text)).strip(_AROUND).casefold()
