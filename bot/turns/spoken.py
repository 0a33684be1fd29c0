"""替人说 (spoken): buttons that stand for words: pressed, they are heard as if the person had said them.

A namesake chosen, a command that was misspelt, what else can be said: nothing of it acts by itself, all of it leads
where the same words would have led.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation.parse import Announce
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action
from bot.turns import draft
from bot.turns.outcome import Outcome
from policies.model import Account, Chat, Message, PersonId, Pressed, Said, Scalar
from policies.wording import pressed as toasts
from policies.wording import said as words
from policies.wording.choice import CardOf, Choice

SAY, PICK = "say", "pick"
"""Words said anew, and an announcement of which one part has been chosen."""
KINDS = frozenset({SAY, PICK})
OTHERS = "others"
LIVES = timedelta(hours=12)


def saying(
    scene: Scene, cause: str, choices: Iterable[Choice], card: CardOf, *, one_of: bool = False
) -> Outcome:
    """Buttons for commands: the id of each choice is what it says.

    Args:
        one_of: a question with one answer; otherwise a list from which everything can be pressed.
    """
    return _offer(scene, cause, {one: (SAY, {"text": one.id}) for one in choices}, card, one_of=one_of)


def picking(
    scene: Scene, event: Said, intent: Announce, options: Mapping[Choice, Mapping[str, Scalar]], card: CardOf
) -> Outcome:
    """Buttons for what an announcement leaves open; each of ``options`` says what it puts in its place."""
    said: dict[str, Scalar] = {
        "to": intent.to,
        "audience": intent.kind,
        "text": intent.text,
        "when": intent.when,
        "mentioned": " ".join(map(str, event.message.mentioned)),
        "all": event.message.mentions_all,
    }
    choices = {one: (PICK, {**said, **part}) for one, part in options.items()}
    return _offer(scene, event.cause, choices, card, one_of=True)


def _offer(
    scene: Scene,
    cause: str,
    choices: Mapping[Choice, tuple[str, Mapping[str, Scalar]]],
    card: CardOf,
    *,
    one_of: bool,
) -> Outcome:
    tenant = scene.world.tenants[scene.account.platform] if scene.account is not None else ""
    ids = {one.id: derive(tenant, cause, f"spoken:{one.id}", str(scene.account))[:24] for one in choices}
    offered = tuple(
        Action(
            id=ids[one.id],
            kind=kind,
            subject="",
            label=one.label,
            addressees=(scene.asker.id,) if scene.asker is not None else (),
            change={**change, OTHERS: " ".join(ids.values()) if one_of else ""},
            expires_at=scene.now + LIVES,
        )
        for one, (kind, change) in choices.items()
    )
    return draft.show_to_asker(scene, card(lambda choice: ids[choice.id]), offered, cause, "spoken")


def heard(event: Pressed | Said, action: Action) -> Said:
    """The press as if its words had been said to the bot in private; a second press is the same saying."""
    account = event.presser if isinstance(event, Pressed) else event.message.author
    mentioned = str(action.change.get("mentioned", "")).split()
    return Said(
        id=event.id,
        cause=action.id,
        platform=event.platform,
        tenant=event.tenant,
        occurred_at=event.occurred_at,
        message=Message(
            id=action.id,
            chat=Chat(event.platform, account.id),
            author=account,
            text=str(action.change["text"]),
            sent_at=event.occurred_at,
            mentioned=tuple(Account.parse(one) for one in mentioned),
            mentions_all=bool(action.change.get("all")),
        ),
    )


def picked(action: Action) -> tuple[Announce, datetime | None]:
    """The announcement that a ``PICK`` completes, and the moment it was given."""
    change = action.change
    at = str(change.get("at", ""))
    intent = Announce(
        to=str(change["to"]), kind=str(change["audience"]), text=str(change["text"]), when=str(change["when"])
    )
    return intent, datetime.fromisoformat(at) if at else None


def used(outcome: Outcome, action: Action, by: PersonId) -> Outcome:
    """What was chosen is said on the card where that ends the question; a list stays as it is."""
    others = str(action.change.get(OTHERS, "")).split()
    face = words.chosen(action.label) if others else None
    return replace(outcome, used=(*outcome.used, *(others or (action.id,))), used_by=by).with_reply(
        Reply(toast=toasts.TAKEN, tone=ToastTone.SUCCESS, card=face)
    )
