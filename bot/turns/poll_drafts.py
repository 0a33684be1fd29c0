"""问卷，用嘴发 (poll drafts): a head asks for a questionnaire, sees it, and presses; then it lives like any other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import audience as audiences
from bot.conversation import poll_words
from bot.conversation.parse import Ask
from bot.facts import Scene
from bot.polls import audience as poll_audience
from bot.store.keys import derive
from bot.store.polls import CHAT, Poll
from bot.store.rows import Action, AuditEntry, Dialog
from bot.turns import draft, polls, spoken, tell
from bot.turns.outcome import Outcome, PlanPoll
from policies.model import Audience, Department, Person, Pressed, Said
from policies.questionnaire import model, occasions, thresholds
from policies.questionnaire.life import State
from policies.questionnaire.model import Kind, Question, Secrecy, Terms
from policies.wording import poll_drafts as words
from policies.wording.choice import Choice

EXPECTS = "poll-questions"
KIND = "questionnaire"
CLOSES = time(12)
LOOKED_AHEAD = timedelta(days=62)


def asked(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    """``给设计组发个匿名问卷，看看大家对我满意吗``."""
    wanted = poll_words.read(event.message.text, scene.now, scene.world.calendars.company)
    department = _department(scene, asker, intent.about)
    if isinstance(department, tuple):
        return spoken.refuse(scene, event.cause, words.which(event.message.text, intent.about, department))
    if not _may(scene, asker, department):
        heads, admins = _heads(scene, department), scene.world.admin_people()
        refused = words.not_yours(department.name, [one.name for one in heads], [one.name for one in admins])
        return spoken.refuse(scene, event.cause, refused, event, to=heads)
    if wanted.weekly is not None:
        return _weekly(event, scene, asker, department, wanted.weekly, is_anonymous=wanted.is_anonymous)
    if _is_too_small(scene, department, is_anonymous=wanted.is_anonymous):
        return _too_small(event.cause, scene, asker, department, wanted.questions)
    if not wanted.questions:
        waiting = Dialog(
            account=event.message.author,
            expects=f"{EXPECTS} {'anonymous' if wanted.is_anonymous else 'signed'}",
            subject=department.name,
            until=scene.now + draft.DIALOG_LIVES,
            greeted=True,
        )
        return draft.say(scene, words.ASK_QUESTIONS, event.cause) + Outcome(dialogs=(waiting,))
    return _preview(event.cause, scene, asker, department, wanted.questions, is_anonymous=wanted.is_anonymous)


def said(event: Said, scene: Scene, asker: Person, how: str, name: str, text: str) -> Outcome:
    """The questions, as we asked for them."""
    department = _department(scene, asker, name)
    found = poll_words.questions(text)
    is_anonymous = how == "anonymous"
    if isinstance(department, tuple) or not found or not _may(scene, asker, department):
        refused = words.no_questions(name, is_anonymous=is_anonymous)
        return spoken.refuse(replace(scene, dialog=None), event.cause, refused)
    return _preview(event.cause, scene, asker, department, found, is_anonymous=is_anonymous)


def redraft(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """〔并到市场部一起问〕 or 〔改成署名〕."""
    department = _department(scene, asker, str(action.change["to"]))
    if isinstance(department, tuple) or not _may(scene, asker, department):
        return Outcome(reply=Reply(toast=words.NO_QUESTIONS, tone=ToastTone.WARNING))
    found = poll_words.questions(str(action.change["questions"]))
    shown = _preview(
        event.cause, scene, asker, department, found, is_anonymous=bool(action.change["anonymous"])
    )
    return shown.with_reply(Reply(toast=""))


def send(_: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """〔发出〕: planned for the hour that was shown; judged once more when it opens."""
    terms = model.from_json(json.loads(str(action.change["terms"])))
    poll = Poll(run=f"{terms.questionnaire}@{terms.opens_at:%Y-%m-%d}", state=State.PLANNED, terms=terms)
    line = AuditEntry(at=scene.now, who=str(asker.id), act="asked-for-questionnaire", subject=terms.audience)
    reply = Reply(toast=words.SENT, tone=ToastTone.SUCCESS)
    return Outcome(
        changes=(PlanPoll(poll=poll),),
        timers=(polls.look_again(scene, poll.run),),
        audit=(line,),
        reply=reply,
    )


def drop(_: Pressed, __: Scene, ___: Action, ____: Person) -> Outcome:
    return Outcome(reply=Reply(toast=words.DROPPED, tone=ToastTone.INFO))


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────


def _department(scene: Scene, asker: Person, about: str) -> Department | tuple[str, ...]:
    """The department that is meant, or the names that are near."""
    meant = audiences.resolve(about, "department", asker, scene.world.directory, ())
    if isinstance(meant, Audience) and meant.departments:
        found = scene.world.directory.department(meant.departments[0])
        if found is not None:
            return found
    return tuple(meant.near) if isinstance(meant, audiences.Unresolved) else ()


def _heads(scene: Scene, department: Department) -> list[Person]:
    """Whoever leads it or a department over it, the nearest first."""
    directory = scene.world.directory
    line = (department.id, *directory.above(department.id))
    found = (directory.head_of(one) for one in line)
    return [one for one in found if one is not None and one.is_active]


def _may(scene: Scene, asker: Person, department: Department) -> bool:
    return scene.world.is_admin(asker) or asker.id in {one.id for one in _heads(scene, department)}


def _is_too_small(scene: Scene, department: Department, *, is_anonymous: bool) -> bool:
    people, _ = poll_audience.asked_in(scene.world, department.name, is_anonymous=is_anonymous)
    return is_anonymous and not thresholds.may_be_anonymous(len(people))


# ── Showing ───────────────────────────────────────────────────────────────────────────────────────


def _preview(
    cause: str,
    scene: Scene,
    asker: Person,
    department: Department,
    questions: Sequence[Question],
    *,
    is_anonymous: bool,
) -> Outcome:
    if not questions:
        return spoken.refuse(scene, cause, words.no_questions(department.name, is_anonymous=is_anonymous))
    if _is_too_small(scene, department, is_anonymous=is_anonymous):
        return _too_small(cause, scene, asker, department, questions)
    terms = _terms(cause, scene, asker, department, questions, is_anonymous=is_anonymous)
    if not terms.size:
        return spoken.refuse(scene, cause, words.nobody(department.name))
    written = json.dumps(model.to_json(terms), ensure_ascii=False)
    offered = {one.id: _button(scene, one, cause, asker, terms=written) for one in (words.SEND, words.DROP)}
    card = words.preview(terms, scene.now, lambda choice: offered[choice.id].id, zone=scene.world.zone)
    return draft.show_to_asker(scene, card, tuple(offered.values()), cause, "poll-preview")


def _terms(
    cause: str,
    scene: Scene,
    asker: Person,
    department: Department,
    questions: Sequence[Question],
    *,
    is_anonymous: bool,
) -> Terms:
    calendar = scene.world.calendars.company
    opens = calendar.next_opening(scene.now)
    people, left_out = poll_audience.asked_in(scene.world, department.name, is_anonymous=is_anonymous)
    readers = {person.id: person for person in (asker, *scene.world.admin_people())}
    return Terms(
        questionnaire=f"{CHAT}{derive('', cause, 'poll', department.name, 0)[:8]}",
        title="",
        kind=Kind.SURVEY,
        questions=tuple(replace(one, id=f"q{nth}") for nth, one in enumerate(questions, start=1)),
        secrecy=Secrecy.PARTICIPATION_KNOWN if is_anonymous else Secrecy.NAMED,
        audience=department.name,
        size=len(people),
        left_out=left_out,
        readers=tuple(person.name for person in readers.values()),
        reader_ids=tuple(str(person.id) for person in readers.values()),
        opens_at=opens,
        closes_at=occasions.closing(opens, 1, CLOSES, calendar),
    )


def _too_small(
    cause: str, scene: Scene, asker: Person, department: Department, questions: Sequence[Question]
) -> Outcome:
    """Not sent, and why; with every way out that this person has."""
    directory = scene.world.directory
    written = "\n".join(one.text + (f"：{'/'.join(one.options)}" if one.options else "") for one in questions)
    offered: list[tuple[Choice, Action]] = []
    for above in directory.above(department.id):
        over = directory.department(above)
        if over is None or over.parent is None or not questions or not _may(scene, asker, over):
            continue
        people, _ = poll_audience.asked_in(scene.world, over.name, is_anonymous=True)
        if thresholds.may_be_anonymous(len(people)):
            choice = words.wider(over.name, len(people))
            action = _button(
                scene, choice, f"{cause}:wider", asker, to=over.name, questions=written, anonymous=True
            )
            offered.append((choice, action))
            break
    if questions:
        action = _button(
            scene,
            words.SIGNED,
            f"{cause}:signed",
            asker,
            to=department.name,
            questions=written,
            anonymous=False,
        )
        offered.append((words.SIGNED, action))
    people, _ = poll_audience.asked_in(scene.world, department.name, is_anonymous=True)
    by_label = {choice.label: action.id for choice, action in offered}
    card = words.too_small(
        department.name, len(people), [one for one, _ in offered], lambda choice: by_label[choice.label]
    )
    return draft.show_to_asker(scene, card, tuple(action for _, action in offered), cause, "poll-small")


def _weekly(
    event: Said,
    scene: Scene,
    asker: Person,
    department: Department,
    weekly: tuple[int, time],
    *,
    is_anonymous: bool,
) -> Outcome:
    """A fixed rhythm stands in the configuration: the asker hears what it would be, the admins get the lines."""
    if _is_too_small(scene, department, is_anonymous=is_anonymous):
        return _too_small(event.cause, scene, asker, department, ())
    weekday, clock = weekly
    calendar = scene.world.calendars.company
    readers = list({one.id: one for one in (asker, *scene.world.admin_people())}.values())
    today = calendar.local(scene.now).date()
    when = occasions.When(rhythm=occasions.Rhythm.WEEKLY, weekday=weekday, at=clock)
    days = occasions.days(when, today, today + LOOKED_AHEAD)
    off = [one for day in days if (one := occasions.occasion(day, calendar)).is_day_off]
    text = words.weekly(
        department.name,
        weekday,
        f"{clock:%H:%M}",
        is_anonymous=is_anonymous,
        readers=[one.name for one in readers],
        conflicts=[(one.day, one.before) for one in off],
        today=today,
    )
    line = words.weekly_for_admins(
        asker.name,
        [one.name for one in readers],
        poll_audience.as_toml(department.name, when, readers, is_anonymous=is_anonymous),
    )
    told = tell.tell(
        scene, scene.world.admin_people(), line, cause=event.cause, step="weekly-questionnaire", kind=KIND
    )
    return draft.say(scene, text, event.cause) + told


def _button(scene: Scene, choice: Choice, cause: str, asker: Person, **change: str | bool) -> Action:
    return Action(
        id=derive("", cause, f"action:{choice.id}", str(asker.id), 0)[:24],
        kind=choice.id,
        subject="",
        label=choice.label,
        addressees=(asker.id,),
        change=change,
        expires_at=scene.now + draft.ACTIONS_LIVE,
    )


TURNS = {words.SEND.id: send, words.DROP.id: drop, words.SIGNED.id: redraft}
