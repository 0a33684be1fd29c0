"""反馈 (feedback): said under one's name it becomes a ticket; who asked confirms; where somebody may be hurt, help first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import complaints
from bot.conversation.parse import Ask
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AuditEntry, Dialog
from bot.store.tickets import PREFIX, TicketRow
from bot.turns import draft, letters, spoken, tell
from bot.turns.outcome import Keep, Outcome
from policies.feedback import life
from policies.feedback.life import Act, State
from policies.model import Person, PersonId, Pressed, Said
from policies.wording import feedback as words
from policies.wording import pressed as press_words
from policies.wording.choice import Choice

TEXT = "feedback"
ANSWER = "ticket-answer"
EXPECTS = frozenset({TEXT, ANSWER})
KIND = "feedback"
LONGEST = 2_000
LIVES = timedelta(days=60)


# ── Saying it ─────────────────────────────────────────────────────────────────────────────────────


def asked(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    """``我要反馈``; the words 署名 and 匿名 may come along."""
    if intent.about in complaints.SIGNED:
        return _ask_text(scene, event.cause)
    has_form = scene.account is not None and scene.world.channels[scene.account.platform].forms
    if intent.about in complaints.UNSIGNED and has_form:
        return letters.card(scene, event.cause)
    choices = (words.SIGNED, words.ANONYMOUS) if has_form else (words.SIGNED,)
    offered = {one.id: _button(scene, one, event.cause, asker) for one in choices}
    card = words.how(lambda choice: offered[choice.id].id, anonymous=has_form)
    return draft.show_to_asker(scene, card, tuple(offered.values()), event.cause, "feedback")


def signed(event: Pressed, scene: Scene, _: Action, __: Person) -> Outcome:
    return _ask_text(scene, event.cause).with_reply(Reply(toast=press_words.TOLD, tone=ToastTone.INFO))


def _ask_text(scene: Scene, cause: str) -> Outcome:
    if scene.account is None:
        return Outcome()
    waiting = Dialog(
        account=scene.account, expects=TEXT, subject=TEXT, until=scene.now + draft.DIALOG_LIVES, greeted=True
    )
    return draft.say(scene, words.ASK_TEXT, cause, "feedback-text") + Outcome(dialogs=(waiting,))


def said(event: Said, scene: Scene, asker: Person, expects: str, action: Action | None, text: str) -> Outcome:
    """The words we waited for."""
    if len(text) > LONGEST:
        return spoken.refuse(scene, event.cause, words.too_long(len(text), LONGEST))
    if expects == ANSWER:
        return _answered(event, scene, asker, action, text)
    over = Outcome(dialogs=(_no_dialog(event, scene),))
    if not text:
        return spoken.refuse(replace(scene, dialog=None), event.cause, words.EMPTY)
    return over + (_help_first(event, scene, asker, text) or _opened(event.cause, scene, asker, text))


def heard(event: Said, scene: Scene, asker: Person) -> Outcome | None:
    """A complaint nobody asked for: proposed as feedback, kept only by a press; ``None``: it is none."""
    text = event.message.text
    if not complaints.sounds_like_one(text) or len(text) > LONGEST:
        return None
    helping = _help_first(event, scene, asker, text)
    if helping is not None:
        return helping
    offered = {one.id: _button(scene, one, event.cause, asker, text=text) for one in (words.KEEP, words.DROP)}
    card = words.proposed(complaints.classes(text), lambda choice: offered[choice.id].id)
    return draft.show_to_asker(scene, card, tuple(offered.values()), event.cause, "complaint")


def keep(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    return _opened(event.cause, scene, asker, str(action.change.get("text", ""))).with_reply(
        Reply(toast=words.DONE, tone=ToastTone.SUCCESS)
    )


def drop(_: Pressed, __: Scene, ___: Action, ____: Person) -> Outcome:
    return Outcome(reply=Reply(toast=words.DROPPED, tone=ToastTone.INFO))


def _opened(cause: str, scene: Scene, asker: Person, text: str) -> Outcome:
    if scene.account is None:
        return Outcome()
    identity = PREFIX + derive("", cause, "ticket", str(asker.id), 0)[:12]
    departments = [scene.world.directory.department(one) for one in asker.departments]
    ticket = TicketRow(
        id=identity,
        asker=asker.id,
        account=scene.account,
        department=next((one.name for one in departments if one is not None), ""),
        classes=complaints.classes(text),
        text=text,
        opened_at=scene.now,
    )
    owners = _owners(scene, asker)
    thanks = words.received(_number(ticket), ticket.classes, [one.name for one in owners])
    return (
        _to_owners(scene, ticket, asker, owners, nth=0)
        + draft.say(scene, thanks, cause, "ticket")
        + Outcome(changes=(Keep(row=ticket),), audit=(_line(scene, ticket, "ticket-opened", asker),))
    )


def _to_owners(scene: Scene, ticket: TicketRow, asker: Person, owners: Sequence[Person], nth: int) -> Outcome:
    offered = {one.id: _on(ticket, one, owners, f"{nth}") for one in (words.TAKE, words.SOLVE, words.DECLINE)}
    number = _number(ticket)
    card = (
        words.for_owner(
            number,
            asker.name,
            ticket.department,
            ticket.classes,
            ticket.text,
            lambda choice: offered[choice.id].id,
        )
        if not nth
        else words.again(number, asker.name, ticket.text, lambda choice: offered[choice.id].id)
    )
    return tell.tell(
        scene,
        owners,
        card,
        cause=f"{ticket.id} {nth}",
        step="ticket",
        kind=KIND,
        actions=tuple(offered.values()),
    )


def _owners(scene: Scene, asker: Person) -> list[Person]:
    """Who looks after tickets; whoever complains does not answer themselves where there is somebody else."""
    found = [
        person
        for one in scene.world.feedback_owners
        if (person := scene.world.directory.person(one)) is not None and person.is_active
    ] or list(scene.world.admin_people())
    return [one for one in found if one.id != asker.id] or found


# ── Looking after it ──────────────────────────────────────────────────────────────────────────────


def take(_: Pressed, scene: Scene, __: Action, asker: Person) -> Outcome:
    ticket = scene.ticket
    if ticket is None or not life.may(ticket.state, Act.TAKE):
        return _late()
    if ticket.state is State.TAKEN and ticket.owner != asker.id:
        return _taken_by_other(scene, ticket)
    number = _number(ticket)
    changed = replace(
        ticket, state=life.advance(ticket.state, Act.TAKE), owner=str(asker.id), taken_at=scene.now
    )
    reply = Reply(toast=words.DONE, tone=ToastTone.SUCCESS)
    told = _to_asker(scene, ticket, words.taken(number, asker.name), "taken")
    return told + Outcome(
        changes=(Keep(row=changed),),
        audit=(_line(scene, changed, "ticket-taken", asker),),
        reply=reply,
    )


def solve(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    return _ask_answer(event, scene, action, asker, words.ASK_SOLVED)


def decline(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    return _ask_answer(event, scene, action, asker, words.ASK_DECLINED)


def _ask_answer(event: Pressed, scene: Scene, action: Action, asker: Person, question: str) -> Outcome:
    ticket = scene.ticket
    if ticket is None or not life.may(ticket.state, Act.SOLVE):
        return _late()
    if ticket.owner and ticket.owner != asker.id and ticket.state is State.TAKEN:
        return _taken_by_other(scene, ticket)
    waiting = Dialog(
        account=event.presser,
        expects=f"{ANSWER} {action.id}",
        subject=ticket.id,
        until=scene.now + draft.DIALOG_LIVES,
        greeted=True,
    )
    return draft.say(scene, question, event.cause, "ticket-answer") + Outcome(
        dialogs=(waiting,), reply=Reply(toast=question, tone=ToastTone.INFO)
    )


def _answered(event: Said, scene: Scene, owner: Person, action: Action | None, text: str) -> Outcome:
    ticket = scene.ticket
    over = Outcome(dialogs=(_no_dialog(event, scene),))
    if ticket is None or action is None or not life.may(ticket.state, Act.SOLVE):
        return spoken.refuse(replace(scene, dialog=None), event.cause, words.NOT_PASSED)
    is_solved = action.kind == words.SOLVE.id
    act = Act.SOLVE if is_solved else Act.DECLINE
    changed = replace(
        ticket,
        state=life.advance(ticket.state, act),
        answered_as="solved" if is_solved else "declined",
        owner=str(owner.id),
        answer=text,
        answered_at=scene.now,
    )
    asker = scene.world.directory.person(ticket.asker)
    choices = (words.CONFIRM if is_solved else words.ACCEPT, words.REOPEN)
    offered = {one.id: _on(ticket, one, [asker] if asker else [], event.cause) for one in choices}
    card = words.answered(
        _number(ticket),
        owner.name,
        text,
        is_solved=is_solved,
        choices=choices,
        action_of=lambda choice: offered[choice.id].id,
    )
    told = (
        tell.tell(
            scene,
            [asker],
            card,
            cause=event.cause,
            step="ticket-answered",
            kind=KIND,
            platform_of_first=ticket.account,
            actions=tuple(offered.values()),
        )
        if asker is not None
        else Outcome()
    )
    return (
        over
        + told
        + draft.say(scene, words.answer_sent(asker.name if asker else ""), event.cause, "answer-sent")
        + Outcome(changes=(Keep(row=changed),), audit=(_line(scene, changed, f"ticket-{act}", owner),))
    )


def confirm(_: Pressed, scene: Scene, __: Action, asker: Person) -> Outcome:
    """Only who asked ends it."""
    ticket = scene.ticket
    if ticket is None or ticket.asker != asker.id or not life.may(ticket.state, Act.CONFIRM):
        return _late()
    changed = replace(ticket, state=life.advance(ticket.state, Act.CONFIRM), confirmed_at=scene.now)
    owner = scene.world.directory.person(PersonId(ticket.owner))
    told = (
        tell.tell(
            scene,
            [owner],
            words.confirmed(_number(ticket), asker.name),
            cause=ticket.id,
            step="ticket-confirmed",
            kind=KIND,
        )
        if owner is not None
        else Outcome()
    )
    reply = Reply(toast=words.DONE, tone=ToastTone.SUCCESS, card=words.confirmed_face(_number(ticket)))
    return told + Outcome(
        changes=(Keep(row=changed),), audit=(_line(scene, changed, "ticket-confirmed", asker),), reply=reply
    )


def reopen(event: Pressed, scene: Scene, _: Action, asker: Person) -> Outcome:
    ticket = scene.ticket
    if ticket is None or ticket.asker != asker.id or not life.may(ticket.state, Act.REOPEN):
        return _late()
    changed = replace(ticket, state=life.advance(ticket.state, Act.REOPEN), answered_as="", owner="")
    nth = int(scene.now.timestamp())
    again = _to_owners(scene, changed, asker, _owners(scene, asker), nth)
    reply = Reply(toast=words.DONE, tone=ToastTone.SUCCESS, card=words.reopened_face(_number(ticket)))
    return again + Outcome(
        changes=(Keep(row=changed),), audit=(_line(scene, changed, "ticket-reopened", asker),), reply=reply
    )


# ── Help first ────────────────────────────────────────────────────────────────────────────────────


def _help_first(event: Said, scene: Scene, asker: Person, text: str) -> Outcome | None:
    """Contacts at once where somebody may be hurt; no ticket, no name passed on, but by a press of theirs."""
    if not complaints.is_safety(text):
        return None
    contacts = [
        person
        for one in scene.world.contacts
        if (person := scene.world.directory.person(one)) is not None and person.is_active
    ]
    offered: dict[str, Action] = {}
    choices: list[Choice] = []
    for person in contacts[:4]:
        choice = words.contact(person.name)
        choices.append(choice)
        offered[choice.label] = _button(scene, choice, event.cause, asker, contact=str(person.id))
    choices.append(words.KEEP)
    offered[words.KEEP.label] = _button(scene, words.KEEP, event.cause, asker, text=text)
    card = words.help_first([one.name for one in contacts], choices, lambda choice: offered[choice.label].id)
    return draft.show_to_asker(scene, card, tuple(offered.values()), event.cause, "help-first")


def contact(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    person = scene.world.directory.person(PersonId(str(action.change.get("contact", ""))))
    if person is None:
        return _late()
    told = tell.tell(
        scene, [person], words.wants_to_talk(asker.name), cause=action.id, step="contact", kind="safety"
    )
    text = words.contact_told(person.name)
    return (told + draft.say(scene, text, event.cause, "contact")).with_reply(
        Reply(toast=words.DONE, tone=ToastTone.SUCCESS)
    )


# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def _button(scene: Scene, choice: Choice, cause: str, asker: Person, **change: str) -> Action:
    return Action(
        id=derive("", cause, f"action:{choice.id}:{change.get('contact', '')}", str(asker.id), 0)[:24],
        kind=choice.id,
        subject="",
        label=choice.label,
        addressees=(asker.id,),
        change=dict(change),
        expires_at=scene.now + draft.DIALOG_LIVES,
        once=choice.id in (words.KEEP.id, words.CONTACT),
    )


def _on(ticket: TicketRow, choice: Choice, people: Sequence[Person], about: str) -> Action:
    return Action(
        id=derive("", ticket.id, f"action:{choice.id}", about, 0)[:24],
        kind=choice.id,
        subject=ticket.id,
        label=choice.label,
        addressees=tuple(one.id for one in people),
        expires_at=ticket.opened_at + LIVES,
        once=False,
    )


def _to_asker(scene: Scene, ticket: TicketRow, text: str, step: str) -> Outcome:
    person = scene.world.directory.person(ticket.asker)
    if person is None or not person.is_active:
        return Outcome()
    return tell.tell(
        scene, [person], text, cause=ticket.id, step=step, kind=KIND, platform_of_first=ticket.account
    )


def _number(ticket: TicketRow) -> str:
    """``4F2A``: short enough to be said."""
    return ticket.id.removeprefix(PREFIX)[:4].upper()


def _no_dialog(event: Said, scene: Scene) -> Dialog:
    return Dialog(account=event.message.author, until=scene.now + draft.DIALOG_LIVES, greeted=True)


def _late() -> Outcome:
    return Outcome(reply=Reply(toast=words.GONE, tone=ToastTone.INFO))


def _taken_by_other(scene: Scene, ticket: TicketRow) -> Outcome:
    owner = scene.world.directory.person(PersonId(ticket.owner))
    text = words.TAKEN_BY_OTHER.format(name=owner.name if owner else "")
    return Outcome(reply=Reply(toast=text, tone=ToastTone.INFO))


def _line(scene: Scene, ticket: TicketRow, act: str, who: Person) -> AuditEntry:
    """Never its text."""
    return AuditEntry(
        at=scene.now,
        who=str(who.id),
        act=act,
        subject=ticket.id,
        details={"classes": ",".join(name for name in ticket.classes if name != complaints.SAFETY)},
    )


TURNS = {
    words.SIGNED.id: signed,
    words.KEEP.id: keep,
    words.DROP.id: drop,
    words.CONTACT: contact,
    words.TAKE.id: take,
    words.SOLVE.id: solve,
    words.DECLINE.id: decline,
    words.CONFIRM.id: confirm,
    words.REOPEN.id: reopen,
}
