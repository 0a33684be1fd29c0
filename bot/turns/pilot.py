"""试点 (pilot): a head is asked and says yes; anybody asks how it goes; at the end people decide what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation.parse import Ask
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.pilots import Consent, PilotRow
from bot.store.rows import Action, AuditEntry, Dialog, Timer
from bot.turns import draft, spoken, tell
from bot.turns.outcome import Keep, Outcome
from bot.world import World
from policies import pilot as life
from policies.model import Person, Pressed, Said
from policies.pilot import Act, Department, State
from policies.verdict import Report
from policies.wording import advice, moments
from policies.wording import pilot as words
from policies.wording import pressed as press_words
from policies.wording import said as said_words
from policies.wording.choice import Choice

EXPECTS = "pilot-question"
VERDICT = "pilot-verdict"
REHEARSED = "rehearsed"
"""The mark that keeps the last rehearsal."""
KIND = "pilot"
"""Of ``tell``: obeys the reader's hours like everything else that is said unasked."""


# ── Asking the heads ──────────────────────────────────────────────────────────────────────────────


def dates(world: World, starts: date, ends: date) -> str:
    company = world.calendars.company
    return words.span(starts, ends, make_up=ends.weekday() >= 5 and company.is_workday(ends))


def changes(world: World) -> tuple[str, ...]:
    """What will be different, by the rules that are on."""
    return words.changes(
        off=world.ruleset.off,
        closes=f"{world.calendars.company.closes:%H:%M}",
        all_up_to=world.ruleset.mentions.all_up_to,
    )


def ask(scene: Scene, pilot: PilotRow, department: Department, head: Person) -> Outcome:
    """The card with the three buttons, once for each head of each department."""
    offered = {
        choice.id: action(
            pilot, choice, (head,), f"{department.name} {head.id}", {"department": department.name}
        )
        for choice in words.CONSENT
    }
    card = words.consent(
        head=head.name,
        department=department.name,
        n=len(department.people),
        dates=dates(scene.world, pilot.starts, pilot.ends),
        changes=changes(scene.world),
        questionnaires=len(scene.world.pilot.questionnaires) if scene.world.pilot else 0,
        reads=said_words.reads(_read_groups(scene)),
        action_of=lambda choice: offered[choice.id].id,
    )
    consent = Consent(
        pilot=pilot.id, department=department.name, head=head.id, said="asked", asked_at=scene.now
    )
    asked = tell.tell(
        scene,
        [head],
        card,
        cause=pilot.id,
        step=f"consent:{department.name}",
        kind=KIND,
        actions=tuple(offered.values()),
    )
    account = scene.world.recipient(head).account
    dialog = Dialog(
        account=account,
        offers=tuple((action.label, action.id) for action in offered.values()),
        until=scene.now + draft.DIALOG_LIVES,
    )
    shown = Outcome(dialogs=(dialog,)) if not scene.world.channels[account.platform].cards else Outcome()
    return (
        asked
        + shown
        + Outcome(changes=(Keep(row=consent),), audit=(line(scene, pilot, "asked", str(head.id)),))
    )


def yes(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    found = _own(scene, action, asker)
    if isinstance(found, Outcome):
        return found
    pilot, consent = found
    said = replace(consent, said="yes", said_at=scene.now, head=asker.id)
    return Outcome(
        changes=(Keep(row=said),),
        audit=(line(scene, pilot, "consented", str(asker.id), department=consent.department),),
        reply=Reply(toast=words.NOTED, tone=ToastTone.SUCCESS, card=words.consented(consent.department)),
    )


def question(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """The next thing they say goes to the admins, word for word."""
    found = _own(scene, action, asker)
    if isinstance(found, Outcome):
        return found
    dialog = Dialog(
        account=event.presser,
        expects=f"{EXPECTS} {action.id}",
        subject=action.subject,
        until=scene.now + draft.DIALOG_LIVES,
        greeted=True,
    )
    asked = draft.say(scene, words.ASK_QUESTION, event.cause, "pilot-question")
    return asked + Outcome(dialogs=(dialog,), reply=Reply(toast=words.ASK_QUESTION, tone=ToastTone.INFO))


def questioned(event: Said, scene: Scene, asker: Person, action: Action, text: str) -> Outcome:
    found = _own(scene, action, asker)
    if isinstance(found, Outcome):
        return draft.say(scene, words.GONE, event.cause)
    pilot, consent = found
    said = replace(consent, said="question", said_at=scene.now)
    passed = tell.tell(
        scene,
        scene.world.admin_people(),
        "\n".join((words.question(asker.name, consent.department, text), words.answer_first(asker.name))),
        cause=event.cause,
        step="pilot-question",
        kind=KIND,
    )
    closed = Dialog(account=event.message.author, until=scene.now + draft.DIALOG_LIVES, greeted=True)
    return (
        passed
        + draft.say(scene, words.PASSED_ON, event.cause)
        + Outcome(
            changes=(Keep(row=said),) if consent.said != "yes" else (),
            dialogs=(closed,),
            audit=(line(scene, pilot, "questioned", str(asker.id), department=consent.department),),
        )
    )


def rehearsal(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """The last rehearsal in its own words, or the admins are asked for one."""
    found = _own(scene, action, asker)
    if isinstance(found, Outcome):
        return found
    if scene.rehearsal:
        said = draft.say(scene, str(scene.rehearsal.get("said", "")), event.cause, "rehearsal")
        return said.with_reply(Reply(toast=press_words.TOLD, tone=ToastTone.SUCCESS))
    admins = scene.world.admin_people()
    text = words.no_rehearsal([one.name for one in admins])
    asked = tell.tell(
        scene, admins, words.please_rehearse(asker.name), cause=action.id, step="please-rehearse", kind=KIND
    )
    return (asked + draft.say(scene, text, event.cause, "rehearsal")).with_reply(
        Reply(toast=press_words.TOLD, tone=ToastTone.INFO)
    )


def _own(scene: Scene, action: Action, asker: Person) -> tuple[PilotRow, Consent] | Outcome:
    """The pilot and this head's line of it, or what to say instead."""
    pilot, plan = scene.pilot, scene.world.pilot
    if pilot is None or plan is None or pilot.id != action.subject or pilot.state in _DECIDED:
        return Outcome(reply=Reply(toast=words.GONE, tone=ToastTone.INFO))
    name = str(action.change.get("department", ""))
    department = plan.of(name)
    if department is None or department.head != asker.id:
        return Outcome(reply=Reply(toast=words.NOT_YOURS, tone=ToastTone.WARNING))
    asked = Consent(pilot=pilot.id, department=name, head=asker.id, said="asked", asked_at=scene.now)
    return pilot, scene.consents.get(name, asked)


_DECIDED = (State.ROLLED_OUT, State.STOPPED)


# ── Beginning ─────────────────────────────────────────────────────────────────────────────────────


def begin(scene: Scene, pilot: PilotRow, by: str) -> Outcome:
    """Everybody of the scope is told once, and the last workday's opening will bring the verdict."""
    world = scene.world
    begun = replace(pilot, state=life.advance(pilot.state, Act.START), begun_at=scene.now)
    people = (
        [person for one in sorted(world.pilot.people) if (person := world.directory.person(one))]
        if (world.pilot)
        else []
    )
    text = words.begins(pilot.departments, dates(world, pilot.starts, pilot.ends), changes(world))
    told = tell.tell(scene, people, text, cause=pilot.id, step="begins", kind=KIND)
    return told + Outcome(
        changes=(Keep(row=begun),),
        timers=(verdict_timer(world, begun),),
        audit=(line(scene, begun, "pilot-started", by, people=len(people)),),
    )


def verdict_timer(world: World, pilot: PilotRow, closings: Sequence[datetime] = ()) -> Timer:
    """On its last workday: a make-up Sunday, never a free Saturday; after what is still open has closed."""
    moment = life.verdict_at(pilot.starts, pilot.ends, world.calendars.company, closings)
    return Timer(key=f"{VERDICT}:{pilot.id}", kind=VERDICT, subject=pilot.id, due_at=moment)


# ── How it goes ───────────────────────────────────────────────────────────────────────────────────


def asked(event: Said, scene: Scene, asker: Person, _: Ask) -> Outcome:
    """``试点怎么样了``: admins and heads; everybody else hears where it stands, without figures of others."""
    pilot = scene.pilot
    if scene.world.pilot is None or pilot is None:
        return draft.say(scene, words.NO_PILOT, event.cause)
    if pilot.state is State.ASKING:
        return draft.say(scene, words.to_begin(dates(scene.world, pilot.starts, pilot.ends)), event.cause)
    if scene.report is None or pilot.state is State.STOPPED:
        return draft.say(scene, words.NO_PILOT, event.cause)
    if scene.report.nth_day == 0:
        return draft.say(scene, words.to_begin(dates(scene.world, pilot.starts, pilot.ends)), event.cause)
    if not may_look(scene, asker):
        return _where_it_stands(scene, scene.report, event.cause)
    offered = {
        choice.id: action(pilot, choice, (asker,), f"{asker.id} {event.cause}") for choice in words.LOOKS
    }
    card = words.status_card(scene.report, lambda choice: offered[choice.id].id)
    return draft.show_to_asker(scene, card, tuple(offered.values()), event.cause, "pilot-status")


def _where_it_stands(scene: Scene, report: Report, cause: str) -> Outcome:
    """To everybody else: the day, who knows the figures, and where one's own word is wanted."""
    plan = scene.world.pilot
    found = [scene.world.directory.person(one.head) for one in plan.departments if one.head] if plan else []
    heads = [person.name for person in found if person is not None and person.is_active]
    admins = [one.name for one in scene.world.admin_people()]
    return spoken.refuse(scene, cause, words.where_it_stands(report, heads, admins))


def may_look(scene: Scene, asker: Person) -> bool:
    """Admins, and the heads of its departments."""
    plan = scene.world.pilot
    return scene.world.is_admin(asker) or (plan is not None and bool(plan.led_by(asker.id)))


def look(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """Every figure with its definition, or what could be done about the complaints; as it stands now."""
    if scene.report is None or not may_look(scene, asker):
        return Outcome(reply=Reply(toast=words.GONE, tone=ToastTone.INFO))
    report = scene.report
    said = (
        words.details(report)
        if action.kind == words.DETAILS.id
        else advice.said(report.suggestions, report.nth_day)
    )
    return draft.say(scene, said, event.cause, action.kind).with_reply(
        Reply(toast=press_words.TOLD, tone=ToastTone.SUCCESS)
    )


def departments_for(scene: Scene, asker: Person) -> tuple[str, ...]:
    """Which departments' figures they hear: a head their own, an admin the whole pilot's; ``may_look`` comes first."""
    plan = scene.world.pilot
    if plan is None or scene.world.is_admin(asker):
        return ()
    return tuple(one.name for one in plan.led_by(asker.id))


# ── Small things ──────────────────────────────────────────────────────────────────────────────────


def action(
    pilot: PilotRow,
    choice: Choice,
    people: Sequence[Person],
    about: str,
    change: dict[str, str] | None = None,
) -> Action:
    return Action(
        id=derive("", pilot.id, f"action:{choice.id}", about, 0)[:24],
        kind=choice.id,
        subject=pilot.id,
        label=choice.label,
        addressees=tuple(person.id for person in people),
        change=dict(change or {}),
        expires_at=pilot.asked_at + timedelta(days=180),
        once=False,
    )


def line(scene: Scene, pilot: PilotRow, act: str, who: str, **details: str | int) -> AuditEntry:
    return AuditEntry(at=scene.now, who=who, act=act, subject=pilot.id, details=details)


def _read_groups(scene: Scene) -> tuple[str, ...]:
    return tuple(row.name for chat, row in scene.world.chats.items() if str(chat) in scene.world.read_groups)


def asked_at(scene: Scene, consent: Consent) -> str:
    """``我已在 9月4日（周五）10:02 把说明发给陈立，``."""
    head = scene.world.directory.person(consent.head)
    when = moments.at(consent.asked_at, scene.now, zone=scene.world.zone)
    return words.asked_at(when, head.name if head else "")


TURNS = {
    words.YES.id: yes,
    words.QUESTION.id: question,
    words.REHEARSAL.id: rehearsal,
    words.DETAILS.id: look,
    words.ADVICE.id: look,
}
