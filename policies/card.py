"""卡片 (card): one card model for both platforms, and the plain twin for those who cannot press."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.model import Account, Everyone

MAX_BUTTONS = 6
"""The DingTalk template has six button slots, so no card has more."""


class Style(StrEnum):
    PRIMARY = "primary"
    DEFAULT = "default"
    DANGER = "danger"


class Tone(StrEnum):
    """The colour of the header."""

    CALM = "calm"
    IMPORTANT = "important"
    URGENT = "urgent"
    DONE = "done"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """``action`` is an opaque id of a server row: no rights and no data travel in it."""

    label: str
    action: str
    style: Style = Style.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as people see it.

    Attributes:
        title: one line of plain text.
        body: paragraphs of plain text; codecs escape them, nothing in them is markup.
        hint: one grey line under the body, or ``""``.
        mentions: the only mentions the card may carry; a group's card shows them in front of the body.
        state: a word such as 已发出, shown when the buttons are gone, or ``""``.
    """

    title: str
    body: tuple[str, ...] = ()
    hint: str = ""
    buttons: tuple[Button, ...] = ()
    mentions: tuple[Account | Everyone, ...] = ()
    tone: Tone = Tone.CALM
    state: str = ""

    def __post_init__(self) -> None:
        if len(self.buttons) > MAX_BUTTONS:
            raise ValueError(f"a card has at most {MAX_BUTTONS} buttons, not {len(self.buttons)}")
