"""A card as blocks (卡片): what both platforms' cards become before the template draws them.

The platform's own JSON stays outside: ``feishu_card`` and ``dingtalk_card`` read it, tolerantly, since a
card that the town accepted must be seen, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.page.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing in a card. ``kind`` names the template's macro; the rest is what that macro shows.

    ``kind``: ``text``, ``note``, ``private`` (seen by one person only), ``state``, ``rule``, ``image``,
    ``buttons``, ``form``, ``input``, ``select``, ``date``, ``checker``, ``table``, ``unknown``.
    """

    kind: str
    lines: tuple[tuple[Span, ...], ...] = ()
    blocks: tuple[Block, ...] = ()
    name: str = ""
    label: str = ""
    value: Any = ""
    placeholder: str = ""
    required: bool = False
    multiple: bool = False
    longest: int = 0
    variant: str = ""
    """``password``, ``multiline``, ``date``, ``time``, ``datetime-local``; or a button's look."""
    options: tuple[tuple[str, str], ...] = ()
    """``(value, text)``."""
    action: str = ""
    href: str = ""
    disabled: bool = False
    confirm: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table, the heads first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """``tone`` is a colour's name known to the style sheet; ``tags`` are ``(text, colour)``."""

    title: str = ""
    subtitle: str = ""
    tone: str = "default"
    tags: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = field(default=())

    def preview(self) -> str:
        """One line for the list of conversations."""
        first = next((b for b in self.blocks if b.kind == "text" and b.lines), None)
        return self.title or ("".join(span.text for span in first.lines[0]) if first else "")


TONES = frozenset(
    [
        "blue",
        "wathet",
        "turquoise",
        "green",
        "yellow",
        "orange",
        "red",
        "carmine",
        "violet",
        "purple",
        "indigo",
        "grey",
        "default",
    ]
)
LOOKS = frozenset(("primary", "danger", "default", "text"))


def text_block(words: str, kind: str = "text") -> Block:
    """Plain words, each line break kept."""
    return Block(kind=kind, lines=tuple((Span(line),) if line else () for line in words.split("\n")))


def in_rows(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Buttons that follow each other stand in one row."""
    rows: list[Block] = []
    for block in blocks:
        if block.kind != "button":
            rows.append(block)
        elif rows and rows[-1].kind == "buttons":
            rows[-1] = Block(kind="buttons", blocks=(*rows[-1].blocks, block))
        else:
            rows.append(Block(kind="buttons", blocks=(block,)))
    return tuple(rows)


class Actions:
    """The actions a platform says a message has, given to its buttons by label and in order."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._left = list(pairs)

    def take(self, label: str, otherwise: str = "") -> str:
        """The action of the next button with this label; ``otherwise`` is what the card itself says."""
        for index, (action, shown) in enumerate(self._left):
            if shown == label or (otherwise and action == otherwise):
                del self._left[index]
                return action
        return otherwise


def as_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def as_text(value: Any) -> str:
    """What a person would read of it; nothing for a nested thing."""
    if isinstance(value, bool) or value is None or isinstance(value, Mapping | list):
        return ""
    return str(value)
