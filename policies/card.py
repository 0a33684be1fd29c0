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
class Field:
    """One thing to fill in (表单项): a choice of ``options``, several where ``many``, or words of at most ``longest``.

    Attributes:
        options: (value, label); the value is what comes back, several joined by a comma.
        longest: characters of a text; only where there are no options.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    many: bool = False
    longest: int = 500
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """表单: fields that come back together when ``submit`` is pressed. Not every platform has one."""

    fields: tuple[Field, ...]
    submit: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as people see it.

    Attributes:
        title: one line of plain text.
        body: paragraphs of plain text; codecs escape them, nothing in them is markup.
        hint: one grey line under the body, or ``""``.
        mentions: the only mentions the card may carry; a group's card shows them in front of the body.
        state: a word such as 已发出, shown when the buttons are gone, or ``""``.
        form: what can be filled in; stands between the body and the buttons.
    """

    title: str
    body: tuple[str, ...] = ()
    hint: str = ""
    buttons: tuple[Button, ...] = ()
    mentions: tuple[Account | Everyone, ...] = ()
    names: tuple[str, ...] = ()
    tone: Tone = Tone.CALM
    state: str = ""
    form: Form | None = None

    def __post_init__(self) -> None:
        if len(self.buttons) > MAX_BUTTONS:
            raise ValueError(f"a card has at most {MAX_BUTTONS} buttons, not {len(self.buttons)}")
