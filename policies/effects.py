"""动作 (effects): what shall be done to the world, as values; the outbox keeps them as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.card import Button, Card, Field, Form, Style, Tone
from policies.model import Account, Chat, Everyone, Platform

Address = Account | Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText:
    """A text of ours into a group or to one person; mentions are structured, never typed."""

    to: Address
    text: str
    mentions: tuple[Account | Everyone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCard:
    """A card into a group or to one person."""

    to: Address
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBatch:
    """The same words to at most 20 people of one platform in one call (DingTalk batchSend): no key, no mention."""

    to: tuple[Account, ...]
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCard:
    """Put another face on a card we sent.

    Attributes:
        key: the outbox key under which it was sent (DingTalk's outTrackId).
        message_id: the platform's id of the message (Feishu), ``""`` where the key is enough.
    """

    platform: Platform
    key: str
    message_id: str
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Take a message back as far as the platform lets us.

    Attributes:
        message_id: message_id, processQueryKey or carrierId of the receipt.
        key: the outbox key of what is recalled (a DingTalk card is updated to 〔已撤回〕 under it).
    """

    platform: Platform
    to: Address
    key: str
    message_id: str
    was_card: bool = False


Effect = SendText | SendCard | SendBatch | UpdateCard | Recall


def platform_of(effect: Effect) -> Platform:
    """Which adapter carries it."""
    match effect:
        case SendText() | SendCard():
            return effect.to.platform
        case SendBatch():
            return effect.to[0].platform
        case UpdateCard() | Recall():
            return effect.platform


def target_of(effect: Effect) -> str:
    """One stable word for what it is aimed at; part of the derived key."""
    match effect:
        case SendText() | SendCard() | Recall():
            return str(effect.to)
        case SendBatch():
            return ",".join(str(account) for account in effect.to)
        case UpdateCard():
            return f"{effect.platform}:{effect.key}"


# ── JSON, for the outbox row ──────────────────────────────────────────────────────────────────────


def to_json(effect: Effect) -> dict[str, Any]:
    """A JSON object that ``from_json`` reads back to an equal value."""
    match effect:
        case SendText():
            return {
                "do": "text",
                "to": _address_out(effect.to),
                "text": effect.text,
                "mentions": [_mention_out(mention) for mention in effect.mentions],
            }
        case SendCard():
            return {"do": "card", "to": _address_out(effect.to), "card": card_to_json(effect.card)}
        case SendBatch():
            return {
                "do": "batch",
                "to": [str(account) for account in effect.to],
                "title": effect.title,
                "text": effect.text,
            }
        case UpdateCard():
            return {
                "do": "update",
                "platform": effect.platform.value,
                "key": effect.key,
                "message_id": effect.message_id,
                "card": card_to_json(effect.card),
            }
        case Recall():
            return {
                "do": "recall",
                "platform": effect.platform.value,
                "to": _address_out(effect.to),
                "key": effect.key,
                "message_id": effect.message_id,
                "was_card": effect.was_card,
            }


def from_json(row: Mapping[str, Any]) -> Effect:
    """The inverse of ``to_json``.

    Raises:
        ValueError: the object is not one that ``to_json`` wrote.
    """
    match row["do"]:
        case "text":
            return SendText(
                to=_address_in(row["to"]),
                text=row["text"],
                mentions=tuple(_mention_in(mention) for mention in row["mentions"]),
            )
        case "card":
            return SendCard(to=_address_in(row["to"]), card=card_from_json(row["card"]))
        case "batch":
            return SendBatch(
                to=tuple(Account.parse(account) for account in row["to"]),
                title=row["title"],
                text=row["text"],
            )
        case "update":
            return UpdateCard(
                platform=Platform(row["platform"]),
                key=row["key"],
                message_id=row["message_id"],
                card=card_from_json(row["card"]),
            )
        case "recall":
            return Recall(
                platform=Platform(row["platform"]),
                to=_address_in(row["to"]),
                key=row["key"],
                message_id=row["message_id"],
                was_card=row["was_card"],
            )
        case other:
            raise ValueError(f"no effect is called {other!r}")


def card_to_json(card: Card) -> dict[str, Any]:
    """A JSON object of the whole card."""
    form = {"form": _form_out(card.form)} if card.form is not None else {}
    return {
        "title": card.title,
        "body": list(card.body),
        "hint": card.hint,
        "buttons": [_button_out(button) for button in card.buttons],
        "mentions": [_mention_out(mention) for mention in card.mentions],
        "names": list(card.names),
        "tone": card.tone.value,
        "state": card.state,
        **form,
    }


def card_from_json(row: Mapping[str, Any]) -> Card:
    """The inverse of ``card_to_json``."""
    return Card(
        title=row["title"],
        body=tuple(row["body"]),
        hint=row["hint"],
        buttons=tuple(_button_in(button) for button in row["buttons"]),
        mentions=tuple(_mention_in(mention) for mention in row["mentions"]),
        names=tuple(row.get("names", ())),
        tone=Tone(row["tone"]),
        state=row["state"],
        form=_form_in(row["form"]) if "form" in row else None,
    )


def _button_out(button: Button) -> dict[str, str]:
    return {"label": button.label, "action": button.action, "style": button.style.value}


def _button_in(row: Mapping[str, Any]) -> Button:
    return Button(label=row["label"], action=row["action"], style=Style(row["style"]))


def _form_out(form: Form) -> dict[str, Any]:
    fields = [
        {
            "name": field.name,
            "label": field.label,
            "options": [list(option) for option in field.options],
            "many": field.many,
            "longest": field.longest,
            "hint": field.hint,
        }
        for field in form.fields
    ]
    return {"fields": fields, "submit": _button_out(form.submit)}


def _form_in(row: Mapping[str, Any]) -> Form:
    return Form(
        fields=tuple(
            Field(
                name=field["name"],
                label=field["label"],
                options=tuple((value, label) for value, label in field["options"]),
                many=field["many"],
                longest=field["longest"],
                hint=field["hint"],
            )
            for field in row["fields"]
        ),
        submit=_button_in(row["submit"]),
    )


def _address_out(address: Address) -> dict[str, str]:
    kind = "person" if isinstance(address, Account) else "chat"
    return {kind: str(address)}


def _address_in(row: Mapping[str, str]) -> Address:
    if "person" in row:
        return Account.parse(row["person"])
    return Chat.parse(row["chat"])


def _mention_out(mention: Account | Everyone) -> str:
    return "@all" if isinstance(mention, Everyone) else str(mention)


def _mention_in(written: str) -> Account | Everyone:
    return Everyone.ALL if written == "@all" else Account.parse(written)
