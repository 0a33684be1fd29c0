"""合集 (digest): what has waited for one group, in one message: each item whole, with its author."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from policies.card import Card
from policies.effects import Effect, SendCard, SendText
from policies.wording import notice, plain

HINT = "你们休息时攒下的，合成一条发。"
GONE = "已撤回"
AROUND_BYTES = 20
"""What number, line ends and the word for what was taken back take of an item's room."""


def item(effect: Effect) -> str:
    """One notice as it stands among others: its words as they are, its author under them.

    Raises:
        TypeError: no notice looks like that.
    """
    match effect:
        case SendText():
            return effect.text
        case SendCard():
            author = effect.card.hint.removesuffix(notice.PUBLISHED)
            return "\n".join([*effect.card.body, *([notice.signed(author)] if author else [])])
        case _:
            raise TypeError(f"{type(effect).__name__} is not said among others")


def size_bytes(effect: Effect) -> int:
    """What it takes of a message's room."""
    return len(item(effect).encode()) + AROUND_BYTES


def text(effects: Sequence[Effect]) -> str:
    """The plain twin, for a group that sees no cards: nothing of it can be changed afterwards."""
    return plain.twin(card(effects))


def card(effects: Sequence[Effect], gone: Collection[int] = ()) -> Card:
    """All of them, numbered.

    Args:
        gone: places of those that were taken back: no word of theirs stays.
    """
    return Card(
        title=f"{len(effects)} 条通知",
        body=tuple(
            f"{nth}、{GONE if nth - 1 in gone else item(effect)}"
            for nth, effect in enumerate(effects, start=1)
        ),
        hint=HINT,
    )
