"""替人说 (spoken): buttons that stand for words: pressed, they are heard as if the person had said them.

A namesake chosen, a command that was misspelt, what else can be said: nothing of it acts by itself, all of it leads
where the same words would have led.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation.parse import Announce
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, Dialog
from bot.turns import draft, polls, tell
from bot.turns.outcome import Outcome
from policies import tags
from policies.model import Account, AudienceKind, Chat, Message, Person, PersonId, Pressed, Said, Scalar
from policies.wording import pressed as toasts
from policies.wording import said as words
from policies.wording.choice import CardOf, Choice
from policies.wording.refusal import AFRESH, AGAIN, PASS_ON, Refusal

SAY, PICK = "say", "pick"
"""Words said anew, and an announcement of which one part has been chosen."""
KINDS = frozenset({SAY, PICK})
OTHERS = "others"
NO_ACTS: Mapping[str, Action] = {}
LIVES = timedelta(hours=12)
LONGEST_KEPT = 12_000
"""Of words that were refused and may be said again: more than any of ours holds, and not whatever is sent."""


def saying(
    scene: Scene, cause: str, choices: Iterable[Choice], card: CardOf, *, one_of: bool = False
) -> Outcome:
    """Buttons for commands: the id of each choice is what it says.

    Args:
        one_of: a question with one answer; otherwise a list from which everything can be pressed, beside a question
            that is open.
    """
    said = {one: (SAY, {"text": one.id}) for one in choices}
    return _offer(scene, cause, said, card, one_of=one_of, beside=None if one_of else open_question(scene))


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


def refuse(
    scene: Scene,
    cause: str,
    refusal: Refusal,
    heard: Said | None = None,
    *,
    to: Sequence[Person] = (),
    beside: Dialog | None = None,
) -> Outcome:
    """What was not done and why, in private, with every way out to press; a question of ours stays open.

    Args:
        heard: what was refused; ``AGAIN`` and ``PASS_ON`` need it.
        to: who hears it when it is passed on; nobody named: the admins.
        beside: the question that stays open, where it is not the one in ``scene``.
    """
    words_again: dict[str, Scalar] = {}
    if heard is not None:
        words_again = {
            "text": heard.message.text[:LONGEST_KEPT],
            "mentioned": " ".join(map(str, heard.message.mentioned)),
            "all": heard.message.mentions_all,
        }
    passed = {**words_again, "to": " ".join(one.id for one in to), "account": str(scene.account)}
    kinds: dict[str, tuple[str, Mapping[str, Scalar]]] = {
        AGAIN.id: (SAY, words_again),
        PASS_ON.id: (PASS_ON.id, passed),
    }
    choices = {one: kinds.get(one.id, (SAY, {"text": one.id})) for one in refusal.ways}
    return _offer(
        scene,
        cause,
        choices,
        lambda action_of: words.menu(refusal.text, refusal.ways, action_of),
        one_of=False,
        beside=beside or open_question(scene),
    )


def told(
    scene: Scene,
    people: Iterable[Person],
    refusal: Refusal,
    *,
    cause: str,
    step: str,
    kind: str,
    platform_of_first: Account | None = None,
    acts: Mapping[str, Action] = NO_ACTS,
) -> Outcome:
    """The same, unasked: what will not be done, to those who must know, with every way out to press.

    Args:
        acts: the ways that act on something, by the choice's id; every other stands for its words.
    """
    whom = tuple(people)
    offered = {
        one.id: acts.get(one.id)
        or Action(
            id=derive("", cause, f"told:{step}:{one.id}", "", 0)[:24],
            kind=SAY,
            subject="",
            label=one.label,
            addressees=tuple(person.id for person in whom),
            change={"text": one.id, OTHERS: ""},
            expires_at=scene.now + draft.ACTIONS_LIVE,
        )
        for one in refusal.ways
    }
    return tell.tell(
        scene,
        whom,
        words.menu(refusal.text, refusal.ways, lambda choice: offered[choice.id].id),
        cause=cause,
        step=step,
        kind=kind,
        platform_of_first=platform_of_first,
        actions=tuple(offered.values()),
    )


def afresh(scene: Scene, row: AnnouncementRow, people: Iterable[Person]) -> Action:
    """The words of a notice that will not leave, begun anew at a preview by whoever presses."""
    audience = row.announcement.audience
    named = (scene.world.directory.person(one) for one in audience.people)
    to = "、".join(person.name for person in named if person is not None) or audience.name
    change: dict[str, Scalar] = {
        "to": to,
        "audience": _KIND_SAID.get(audience.kind, "any"),
        "text": f"{tags.shown(row.announcement.tags)}{row.announcement.text}",
        "when": "",
        OTHERS: "",
    }
    return Action(
        id=derive("", row.announcement.id, f"told:{AFRESH.id}", "", row.version)[:24],
        kind=PICK,
        subject="",
        label=AFRESH.label,
        addressees=tuple(person.id for person in people),
        change=change,
        expires_at=scene.now + draft.ACTIONS_LIVE,
    )


_KIND_SAID = {
    AudienceKind.COMPANY: "company",
    AudienceKind.DEPARTMENT: "department",
    AudienceKind.GROUP: "group",
}


def open_question(scene: Scene) -> Dialog | None:
    """What we have asked and not heard the answer to; one that is answered by numbers gives way to other numbers."""
    dialog = scene.dialog
    if dialog is None or not (dialog.expects or dialog.offers):
        return None
    cards = scene.account is not None and scene.world.channels[scene.account.platform].cards
    return dialog if cards or not dialog.expects.startswith(polls.EXPECTS) else None


def _offer(
    scene: Scene,
    cause: str,
    choices: Mapping[Choice, tuple[str, Mapping[str, Scalar]]],
    card: CardOf,
    *,
    one_of: bool,
    beside: Dialog | None = None,
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
    shown = card(lambda choice: ids[choice.id])
    return draft.show_to_asker(scene, shown, offered, cause, "spoken", beside=beside)


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
