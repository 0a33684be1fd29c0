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
from adapters.unseen import clean
from policies.card import Button, Card, Field, Form, Style, Tone
from policies.model import Account, Everyone, Platform

ACTION = "a"
"""The one key of a button's value: the opaque id of a server row. A value must be an object (the SDK takes no text)."""

FORM, SUBMIT = "form", "submit"
"""Names of the one form of a card and of its button; those of the fields must differ from them."""

MOST_TYPED = 1000
"""Characters an input takes. Page: card-json-v2-components/interactive-components/input (read 2026-11)."""

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

_OPEN_ID = re.compile(r"ou_[0-9A-Za-z_-]{1,64}")


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
    if card.form is not None:
        elements.append(_form(card.form))
    elements.extend(_button(button) for button in card.buttons)
    inside = len(card.form.fields) * 2 + 2 if card.form is not None else 0
    if 2 * (len(elements) + inside) + 1 > MAX_CARD_ELEMENTS:
        raise Rejected(f"a card has at most {MAX_CARD_ELEMENTS} elements")
    return {
        "schema": "2.0",
        "config": {"update_multi": True},
        "header": {"title": _line(card.title), "template": _TEMPLATES[card.tone]},
        "body": {"elements": elements},
    }


def words(card: Card) -> list[str]:
    """What can be looked for in a history: the card's texts and the opaque ids of its buttons."""
    fields = card.form.fields if card.form is not None else ()
    texts = (card.title, *card.body, card.state, card.hint, *(field.label for field in fields))
    buttons = (*card.buttons, *((card.form.submit,) if card.form is not None else ()))
    return [clean(text) for text in texts if clean(text).strip()] + [button.action for button in buttons]


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


def _form(form: Form) -> dict[str, Any]:
    """``form_value`` comes back by the fields' names; labels are plain text like everything else."""
    elements: list[dict[str, Any]] = []
    for field in form.fields:
        elements += [_text(field.label), _field(field)]
    submit = {**_button(form.submit), "name": SUBMIT, "form_action_type": "submit"}
    return {"tag": "form", "name": FORM, "elements": [*elements, submit]}


def _field(field: Field) -> dict[str, Any]:
    placeholder = {"placeholder": _line(field.hint)} if field.hint else {}
    if not field.options:
        return {
            "tag": "input",
            "name": field.name,
            "input_type": "multiline_text",
            "rows": 2,
            "max_length": min(field.longest, MOST_TYPED),
            "width": "fill",
            **placeholder,
        }
    options = [{"text": _line(label), "value": value} for value, label in field.options]
    tag = "multi_select_static" if field.many else "select_static"
    return {"tag": tag, "name": field.name, "options": options, "width": "fill", **placeholder}


def _line(words: str) -> dict[str, Any]:
    return _plain(" ".join(clean(words).split("\n")))


def _plain(words: str) -> dict[str, Any]:
    return {"tag": "plain_text", "content": clean(words)}
