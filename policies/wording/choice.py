"""选择 (choice): what a reader can press, before anybody knows the opaque id behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policies.card import Button, Card, Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Attributes:
    id: stable and ours: ``confirm``, ``edit``, ``fix:drop-tag``.
    """

    id: str
    label: str
    style: Style = Style.DEFAULT


ActionOf = Callable[[Choice], str]
"""Gives the opaque action id of a choice; the caller keeps the row behind it."""

CardOf = Callable[[ActionOf], Card]
"""A card, once the ids behind its buttons are known."""


def buttons(choices: Iterable[Choice], action_of: ActionOf) -> tuple[Button, ...]:
    return tuple(
        Button(label=choice.label, action=action_of(choice), style=choice.style) for choice in choices
    )
