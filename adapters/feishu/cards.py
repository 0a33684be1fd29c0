"""Cards as Feishu draws them (飞书卡片 JSON 2.0): people's words are plain text, mentions are built, nothing is markup.

Pages: https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-json-v2-breaking-changes-release-notes
(strictness, sizes, read 2026-11); ``div`` with ``plain_text`` in a 2.0 card as the vendor's own builder writes it
(lark-oapi 1.7.5, channel/card/builder.py); ``text_size`` and ``text_color`` of a hint from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.errors import Rejected
from adapters.feishu.limits import MAX_CARD_ELEMENTS
from policies.card import Button, Card, Style, Tone
from policies.model import Account, Everyone, Platform

ACTION = "a"
"""The one key of a button's value: the opaque id of a server row. A value must be an object (the SDK takes no text)."""

_TEMPLATES: Mapping[Tone, str] = {
    Tone.CALM: "blue",
    Tone.IMPORTANT: "orange",
    Tone.URGENT: "red",
    Tone.DONE: "green",
    Tone.GONE: "grey",
}

_BUTTON_TYPES: Mapping[Style, str] = {
    Style.PRIMARY: "primary_filled",
    Style.DEFAULT: "default",
    Style.DANGER: "danger",
}

_UNWELCOME = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""What shows nothing or turns the direction of what follows; the emoji selector U+FE0F stays."""

_OPEN_ID = re.compile(r"ou_[0-9A-Za-z_-]{1,64}")


def clean(text: str) -> str:
    """Without characters that nobody sees: bidi, zero-width, controls; line breaks become one kind."""
    return _UNWELCOME.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def mention_id(mention: Account | Everyone) -> str:
    """``all`` or the open_id.

    Raises:
        Rejected: not an account of ours, or an id that could carry markup.
    """
    if isinstance(mention, Everyone):
        return "all"
    if mention.platform is not Platform.FEISHU or not _OPEN_ID.fullmatch(mention.id):
        raise Rejected("a mention needs an open_id of this platform")
    return mention.id


def encode_card(card: Card) -> dict[str, Any]:
    """The card's JSON.

    Raises:
        Rejected: more elements than a card may have.
    """
    elements = [*_mentions(card.mentions), *(_text(paragraph) for paragraph in card.body)]
    if card.state:
        elements.append(_text(card.state))
    if card.hint:
        elements.append(_text(card.hint, text_size="notation", text_color="grey"))
    elements.extend(_button(button) for button in card.buttons)
    if 2 * len(elements) + 1 > MAX_CARD_ELEMENTS:
        raise Rejected(f"a card has at most {MAX_CARD_ELEMENTS} elements")
    return {
        "schema": "2.0",
        "config": {"update_multi": True},
        "header": {"title": _line(card.title), "template": _TEMPLATES[card.tone]},
        "body": {"elements": elements},
    }


def words(card: Card) -> list[str]:
    """What can be looked for in a history: the card's texts and the opaque ids of its buttons."""
    texts = (card.title, *card.body, card.state, card.hint)
    return [clean(text) for text in texts if clean(text).strip()] + [button.action for button in card.buttons]


def _mentions(mentions: Iterable[Account | Everyone]) -> list[dict[str, Any]]:
    """The only markdown of a card; it holds ids and nothing that a person wrote."""
    tags = [f"<at id={mention_id(mention)}></at>" for mention in mentions]
    return [{"tag": "markdown", "content": " ".join(tags)}] if tags else []


def _text(words: str, **style: str) -> dict[str, Any]:
    return {"tag": "div", "text": {**_plain(words), **style}}


def _button(button: Button) -> dict[str, Any]:
    return {
        "tag": "button",
        "text": _line(button.label),
        "type": _BUTTON_TYPES[button.style],
        "behaviors": [{"type": "callback", "value": {ACTION: button.action}}],
    }


def _line(words: str) -> dict[str, Any]:
    return _plain(" ".join(clean(words).split("\n")))


def _plain(words: str) -> dict[str, Any]:
    return {"tag": "plain_text", "content": clean(words)}
