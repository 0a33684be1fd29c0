"""A card as the variables of our template (卡片模板): one template serves notices, reviews and polls.

``docs/dingtalk-card.md`` builds it on the card platform (卡片平台), click by click. All variables are strings:

==================  =====================================================================================
``title``           one line, the card's heading
``body1``–``body4``  the text, cut at 1,000 bytes: the template shows them one behind the other in *one* text
                    component, ``${body1}${body2}${body3}${body4}``, so the seams do not show
``hint``            one grey line; also what answers a press, then as the presser's own value of it
``state``           a word such as 已发出, shown where the buttons were; ``""`` while they are there
``b1_text``…        label of the first button, up to ``b6_text``
``b1_show``…        ``true`` or ``false``: whether it is shown (显示条件)
``b1_id``…          its opaque action id; the button's 回传请求 carries it as the parameter ``id``
==================  =====================================================================================

A variable holds 1 KB. https://open.dingtalk.com/document/development/create-and-deliver-cards (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.dingtalk import limits, text
from adapters.errors import Rejected
from policies.card import MAX_BUTTONS, Card, Tone

PRESS_PARAMETER = "id"
"""The name under which a button of the template sends its action id back."""

RECALLED = "〔已撤回〕"
"""What stays of a recalled card."""

RECALLED_CARD = Card(title=RECALLED, tone=Tone.GONE)


def variables(card: Card) -> dict[str, str]:
    """``cardParamMap``: always all of them, so that an update leaves nothing of the old face.

    Long values are cut; ``fits`` says beforehand whether anything would be lost.

    Raises:
        Rejected: the card has a form; the template has nothing to fill in.
    """
    if card.form is not None:
        raise Rejected("the card template has no form")
    shown = {
        "title": text.line(card.title),
        **_body(card),
        "hint": text.line(card.hint),
        "state": text.line(card.state),
        **_buttons(card),
    }
    return {name: text.cut(value, limits.VARIABLE_BYTES) for name, value in shown.items()}


def private_hint(words: str) -> dict[str, str]:
    """The presser's own value of ``hint``."""
    return {"hint": text.cut(text.line(words), limits.VARIABLE_BYTES)}


def fits(card: Card) -> bool:
    """Whether all of it can be shown: body within 4,000 bytes, every other value within 1,000."""
    singles = (card.title, card.hint, card.state, *(button.label for button in card.buttons))
    return size_bytes(card) <= limits.CARD_TEXT_BYTES and all(
        len(text.line(single).encode()) <= limits.VARIABLE_BYTES for single in singles
    )


def size_bytes(card: Card) -> int:
    """What the body takes of ``limits.CARD_TEXT_BYTES``, as it will be shown.

    A variable before the last counts in full: its last bytes may be too few for another character.
    """
    pieces = _pieces(_shown_body(card))
    return limits.VARIABLE_BYTES * (len(pieces) - 1) + len(pieces[-1].encode())


def preview(card: Card) -> str:
    """One line for the list of conversations and the notification."""
    return text.name(card.title or next(iter(card.body), ""))


def _shown_body(card: Card) -> str:
    """Whom it mentions stands in front, unless the words name them: a card shows nothing of its ``atUserIds``."""
    body = "\n\n".join(card.body)
    named = _named(body, card.names)
    called = " ".join(f"@{name}" for name in dict.fromkeys(card.names) if name not in named)
    return text.inert("\n\n".join(filter(None, (called, body))))


def _named(body: str, names: Iterable[str]) -> set[str]:
    """Of these names those that stand in the words; 王芳 does not where only 王芳芳 does, who is called as well."""
    named: set[str] = set()
    for name in sorted(set(names), key=len, reverse=True):
        if name in body:
            named.add(name)
            body = body.replace(name, "\n")
    return named


def _body(card: Card) -> Mapping[str, str]:
    pieces = _pieces(_shown_body(card))
    padded = [*pieces, *[""] * limits.BODY_VARIABLES][: limits.BODY_VARIABLES]
    return {f"body{n}": piece for n, piece in enumerate(padded, start=1)}


def _pieces(body: str) -> list[str]:
    """The text in pieces of at most ``VARIABLE_BYTES``, never within a character; at least one."""
    pieces: list[str] = []
    while True:
        piece = text.cut(body, limits.VARIABLE_BYTES)
        pieces.append(piece)
        body = body[len(piece) :]
        if not body:
            return pieces


def _buttons(card: Card) -> Mapping[str, str]:
    shown: dict[str, str] = {}
    for n in range(1, MAX_BUTTONS + 1):
        button = card.buttons[n - 1] if n <= len(card.buttons) else None
        shown[f"b{n}_text"] = text.line(button.label) if button else ""
        shown[f"b{n}_show"] = "true" if button else "false"
        shown[f"b{n}_id"] = button.action if button else ""
    return shown
