"""补发与续发 (again): what goes out a second time, and how its readers can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.store.keys import derive
from bot.store.rows import NewOutbox, OutboxState
from policies.effects import Effect, SendBatch, SendCard, SendText
from policies.model import Account
from policies.wording import progress as words


def marked(effect: Effect) -> Effect:
    """The same words, saying that they may have been seen already."""
    match effect:
        case SendText():
            return replace(effect, text=words.sent_again(effect.text))
        case SendBatch():
            return replace(effect, text=words.sent_again(effect.text))
        case SendCard():
            return replace(effect, card=replace(effect.card, hint=words.sent_again(effect.card.hint)))
        case _:
            return effect


def rest(entry: NewOutbox, held_back: tuple[Account, ...], now: datetime) -> NewOutbox | None:
    """A row for the people a batch did not reach because the platform held them back: certainly not sent."""
    if not held_back or not isinstance(entry.effect, SendBatch):
        return None
    effect = replace(entry.effect, to=held_back)
    return replace(
        entry,
        key=derive("", entry.key, "rest", ",".join(map(str, held_back)), entry.generation),
        effect=effect,
        recipients=held_back,
        state=OutboxState.DUE,
        not_before=None,
        group="",
        created_at=now,
    )
