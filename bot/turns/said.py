"""听见 (said): a person spoke to the bot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.conversation import audience as audiences
from bot.conversation import times
from bot.conversation.intents import breaks_off
from bot.conversation.parse import MAX_TEXT, Announce, Ask, Intent, Unclear, Wish, parse
from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, Dialog
from bot.turns import (
    answers,
    compose,
    draft,
    feedback,
    freshness,
    letters,
    own,
    pilot,
    poll_drafts,
    polls,
    pressed,
    recall,
    retime,
    review,
    spoken,
)
from bot.turns.outcome import Cancel, Outcome
from policies import engine, fixes, tags
from policies.announcement import State
from policies.effects import SendText
from policies.model import (
    Announcement,
    Audience,
    Everyone,
    Person,
    PersonId,
    Pressed,
    Said,
    Scalar,
    Urgency,
)
from policies.rules import work_hours
from policies.wording import refusal
from policies.wording import said as words
from policies.wording.choice import Choice
from policies.wording.refusal import Refusal

COMMANDS = (
    words.PUBLISH,
    words.MY_OWN,
    words.RECALL,
    words.UNREAD,
    words.WHY,
    words.WHY_ME,
    words.MAY,
    words.HOURS,
    words.FEEDBACK,
    words.PRIVACY,
    words.HELP,
)
"""What works; help names nothing else."""


def _unknown(event: Said, scene: Scene) -> Refusal:
    """Nobody is called a stranger by a directory that has not been read yet."""
    everybody = scene.world.directory.everyone()
    is_read = any(account.platform is event.platform for person in everybody for account in person.accounts)
    return words.stranger() if is_read else words.not_read_yet()


def turn(event: Said, scene: Scene) -> Outcome:
    """What to answer, and what to remember."""
    if scene.asker is None or not scene.asker.is_active:
        if scene.action is not None:
            return pressed.by_number(_press(event, scene.action.id), scene)
        return spoken.refuse(scene, event.cause, _unknown(event, scene), event)
    if not event.message.direct:
        return _in_group(event, scene, scene.asker)
    if len(event.message.text) > MAX_TEXT:
        return spoken.refuse(scene, event.cause, words.too_long(len(event.message.text), MAX_TEXT))
    if scene.action is not None:
        return pressed.by_number(_press(event, scene.action.id), scene)
    return _meant(event, scene, scene.asker)


def _in_group(event: Said, scene: Scene, asker: Person) -> Outcome:
    """Spoken to in a group: what it leads to is said in private; the group hears nothing but one line, if asked."""
    intent = _understood(event, scene)
    if isinstance(intent, Announce):
        return _announce(event, scene, asker, intent)
    if isinstance(intent, Ask) and intent.wish is Wish.RECEIVED:
        return Outcome()
    line = SendText(to=event.message.chat, text=words.who_in_group())
    return Outcome(outbox=(draft.answer(scene, line, event.cause, "say", str(event.message.chat)),))


def _understood(event: Said, scene: Scene) -> Intent:
    known = audiences.known(scene.world.directory, scene.world.chats.values())
    return parse(event.message.text, known)


def _meant(event: Said, scene: Scene, asker: Person) -> Outcome:
    intent = _understood(event, scene)
    if scene.dialog is not None and scene.dialog.expects and not breaks_off(intent):
        return _continued(event, scene, asker, scene.dialog)
    match intent:
        case Announce():
            return _announce(event, scene, asker, intent)
        case Ask():
            return answers.answer(event, scene, asker, intent) or _asked(event, scene, asker, intent)
        case Unclear():
            complaint = feedback.heard(event, scene, asker)
            if complaint is not None:
                return complaint
            return _unclear(event, scene, intent.near)
        case _:
            assert_never(intent)


def _unclear(event: Said, scene: Scene, near: str) -> Outcome:
    """The nearest command is proposed, never taken."""
    if near:
        return spoken.saying(
            scene,
            event.cause,
            words.did_you_mean_choices(near),
            lambda action_of: words.did_you_mean_card(near, action_of),
            one_of=True,
        )
    return spoken.refuse(scene, event.cause, words.not_understood())


def by_button(event: Said, scene: Scene, action: Action) -> Outcome:
    """A button that stands for words (``spoken``): what they would have led to."""
    if scene.asker is None:
        return Outcome()
    if action.kind == spoken.PICK:
        intent, moment = spoken.picked(action)
        outcome = _announce(event, scene, scene.asker, intent, moment=moment)
    else:
        outcome = _meant(event, scene, scene.asker)
    return spoken.used(outcome, action, scene.asker.id)


def _press(event: Said, action: str) -> Pressed:
    """A number, or a button's own words, is a press."""
    return Pressed(
        id=event.id,
        cause=event.cause,
        platform=event.platform,
        tenant=event.tenant,
        occurred_at=event.occurred_at,
        presser=event.message.author,
        action=action,
        card="",
    )


def _announce(
    event: Said, scene: Scene, asker: Person, intent: Announce, *, moment: datetime | None = None
) -> Outcome:
    world = scene.world
    meant = audiences.resolve(intent.to, intent.kind, asker, world.directory, world.chats.values())
    if isinstance(meant, audiences.Unresolved):
        return _unresolved(event, scene, asker, intent, meant)
    announcement = _composed(event, scene, asker, meant, intent.text)
    if not announcement.text:
        return draft.say(scene, words.how_to_publish(), event.cause)
    if intent.when and moment is None:
        found = _moment(intent.when, scene)
        if isinstance(found, tuple):
            return _when(event, scene, intent, found)
        moment = found
    announcement = replace(announcement, not_before=moment)
    return _too_long(event, scene, announcement) or draft.show(
        scene, announcement, asker, asked_from=event.message.author, cause=event.cause
    )


Unsettled = tuple[tuple[str, datetime], ...]
"""Moments that some words may mean, with how each would be said; empty: nobody can tell."""


def _moment(written: str, scene: Scene) -> datetime | Unsettled:
    """When the author wants it sent; a day without a clock means its opening."""
    calendar = scene.world.calendars.company
    found = times.find(written, scene.now, calendar)
    if isinstance(found, times.Found):
        if found.moment is not None:
            return found.moment
        if found.span is not None:
            opening = calendar.next_opening(found.span[0])
            return opening if opening < found.span[1] else ()
    return found.options if isinstance(found, times.Ask) else ()


def _when(event: Said, scene: Scene, intent: Announce, options: Unsettled) -> Outcome:
    """None of the moments is taken for the author."""
    text = words.when_to_send(intent.when, [label for label, _ in options])
    choices = (*words.options([label for label, _ in options][:3]), words.WITHOUT_A_MOMENT)
    parts: dict[Choice, dict[str, Scalar]] = {
        one: {"at": moment.isoformat()} for one, (_, moment) in zip(choices, options[:3], strict=False)
    }
    parts[words.WITHOUT_A_MOMENT] = {"when": ""}
    return spoken.picking(scene, event, intent, parts, lambda action_of: words.menu(text, choices, action_of))


def _too_long(
    event: Said, scene: Scene, announcement: Announcement, *, is_edit: bool = False
) -> Outcome | None:
    """Refused before the preview: a card that cannot be sent must not be promised."""
    most = draft.longest_text(scene, announcement, event.message.author)
    if not most or len(announcement.text.encode()) <= most:
        return None
    limit = most // draft.CHARACTER_BYTES
    refused = words.too_long(max(len(announcement.text), limit + 1), limit, is_edit=is_edit)
    return spoken.refuse(scene, event.cause, refused)


def _composed(event: Said, scene: Scene, asker: Person, audience: Audience, text: str) -> Announcement:
    return compose.compose(
        asker,
        audience,
        text,
        scene.world.directory,
        id=derive(event.tenant, event.cause, "announcement", str(asker.id), 0)[:20],
        mentioned=event.message.mentioned,
        mentions_all=event.message.mentions_all,
    )


def _unresolved(
    event: Said, scene: Scene, asker: Person, intent: Announce, meant: audiences.Unresolved
) -> Outcome:
    """Nobody of that name, or several: the candidates can be pressed, and none is taken for the author."""
    if meant.candidates:
        choices = words.options([shown for shown, _ in meant.candidates])
        title = (
            words.address_title(meant.written)
            if meant.is_address
            else words.which_title(meant.written, len(meant.candidates), people=intent.kind != "group")
        )
        parts = {
            one: {"to": _instead(intent.to, meant.written, exact), "audience": "any"}
            for one, (_, exact) in zip(choices, meant.candidates, strict=False)
        }
        return spoken.picking(
            scene,
            event,
            intent,
            parts,
            lambda action_of: words.which_card(title, choices, len(meant.candidates), action_of),
        )
    if not meant.written:
        return draft.say(scene, words.ask_audience(), event.cause)
    return _nobody(event, scene, asker, intent, meant)


def _instead(to: str, written: str, exact: str) -> str:
    """The audience as it was written, with one name of it made certain."""
    return to.replace(written, exact, 1) if written in to else exact


def _nobody(
    event: Said, scene: Scene, asker: Person, intent: Announce, meant: audiences.Unresolved
) -> Outcome:
    """What is near it, and the author's own department, can be pressed."""
    text = words.unknown_audience(meant.written, meant.near)
    world = scene.world
    own = audiences.resolve("", "department", asker, world.directory, world.chats.values())
    mine = () if isinstance(own, audiences.Unresolved) or own.name in meant.near else (own.name,)
    names = (*meant.near[:3], *mine)
    if not names:
        return spoken.refuse(scene, event.cause, words.nobody_of_that_name(meant.written))
    choices = words.options([words.send_to(name) for name in names])
    parts = {
        one: {"to": _instead(intent.to, meant.written, name), "audience": "any"}
        for one, name in zip(choices, names, strict=True)
    }
    return spoken.picking(scene, event, intent, parts, lambda action_of: words.menu(text, choices, action_of))


def _asked(event: Said, scene: Scene, asker: Person, intent: Ask) -> Outcome:
    if intent.wish.value in recall.WISHES:
        return recall.asked(event, scene, asker, intent.wish.value)
    if intent.wish is Wish.EDIT:
        found = own.edited(event, scene, asker, intent)
        if isinstance(found, Outcome) or scene.row is None:
            return found if isinstance(found, Outcome) else spoken.refuse(scene, event.cause, words.not_yet())
        return _show(event, scene, asker, scene.row, _reworded(event, scene, asker, scene.row, found))
    if intent.wish.value == retime.WISH:
        return retime.asked(event, scene, asker, intent.when or intent.text)
    match intent.wish:
        case Wish.WHO:
            again = scene.dialog is not None and scene.dialog.greeted
            text = words.who_again() if again else words.who(_here(words.USUAL, scene), _read_groups(scene))
        case Wish.HELP:
            here = _here(COMMANDS, scene)
            text = words.help_text((*here, words.PAUSE) if scene.world.is_admin(asker) else here)
        case Wish.MINE:
            text = words.mine(tuple(_mine(row, scene) for row in scene.own), scene.now, zone=scene.world.zone)
        case Wish.COMPOSE:
            text = words.how_to_publish()
        case Wish.YES | Wish.NO | Wish.RECEIVED | Wish.THANKS:
            text = words.nothing_open()
        case _:
            return spoken.refuse(scene, event.cause, words.not_yet())
    if intent.wish is Wish.WHO:
        text = "\n".join(filter(None, (text, draft.paused(scene))))
        next_ones = (refusal.WRITE_ONE, refusal.COMPLAIN)
        return spoken.saying(
            scene, event.cause, next_ones, lambda action_of: words.menu(text, next_ones, action_of)
        )
    return draft.say(scene, text, event.cause) + _greeted(event, scene)


def _here(commands: tuple[words.Command, ...], scene: Scene) -> tuple[words.Command, ...]:
    """Nobody is promised anonymity where there is no form to write in."""
    if scene.account is not None and scene.world.channels[scene.account.platform].forms:
        return commands
    return tuple(replace(one, does=words.SIGNED_ONLY) if one is words.FEEDBACK else one for one in commands)


def _greeted(event: Said, scene: Scene) -> Outcome:
    fresh = Dialog(account=event.message.author, until=scene.now + draft.DIALOG_LIVES)
    return Outcome(dialogs=(replace(scene.dialog or fresh, greeted=True),))


def _read_groups(scene: Scene) -> tuple[str, ...]:
    return tuple(row.name for chat, row in scene.world.chats.items() if str(chat) in scene.world.read_groups)


def _mine(row: AnnouncementRow, scene: Scene) -> words.Mine:
    return words.Mine(
        text=row.announcement.text,
        audience_label=row.label,
        state=row.state.value,
        due_at=scene.next_moments.get(row.announcement.id),
        reached=scene.reached.get(row.announcement.id, 0),
        size=row.size,
    )


def _continued(event: Said, scene: Scene, asker: Person, dialog: Dialog) -> Outcome:
    """The answer to a question of ours."""
    row = scene.row
    text = tags.clean(event.message.text).strip()
    expects, _, action = dialog.expects.partition(" ")
    if expects == polls.EXPECTS:
        return polls.said(event, scene, asker, int(action), text)
    if expects == pilot.EXPECTS and action in scene.asking:
        return pilot.questioned(event, scene, asker, scene.asking[action], text)
    if expects == poll_drafts.EXPECTS:
        return poll_drafts.said(event, scene, asker, action, dialog.subject, text)
    if expects == letters.EXPECTS:
        return letters.said(event, scene, asker, dialog.subject, text)
    if expects in feedback.EXPECTS:
        return feedback.said(event, scene, asker, expects, scene.asking.get(action), text)
    if expects == "refusal" and action in scene.asking:
        return review.refused(event, scene, asker, scene.asking[action], text)
    if expects == "correction" and action in scene.asking:
        return recall.correction(event, scene, asker, scene.asking[action], text)
    if expects == retime.EXPECTS and row is not None and row.announcement.author == asker.id:
        return retime.said(event, scene, asker, row, text)
    if row is None or row.announcement.author != asker.id or row.state not in own.EDITABLE:
        return spoken.refuse(scene, event.cause, words.not_understood())
    match expects:
        case "text":
            return _show(event, scene, asker, row, _reworded(event, scene, asker, row, text))
        case "reason":
            if not work_hours.is_reason(text):
                return spoken.refuse(scene, event.cause, words.ask_reason_again(text))
            return _filled(event, scene, asker, row, action, reason=text)
        case "people":
            _, mentions = compose.lift_mentions(compose.as_mentions(text), scene.world.directory)
            people = tuple(mention for mention in mentions if not isinstance(mention, Everyone))
            if not people:
                return spoken.refuse(scene, event.cause, words.unknown_person(text))
            return _filled(event, scene, asker, row, action, people=people)
        case _:
            return spoken.refuse(scene, event.cause, words.not_understood())


def _reworded(event: Said, scene: Scene, asker: Person, row: AnnouncementRow, text: str) -> Announcement:
    """New words keep audience, tags and mentions, unless they bring their own; waivers were for the old ones."""
    fresh = _composed(event, scene, asker, row.announcement.audience, text)
    return replace(
        row.announcement,
        text=fresh.text,
        tags=row.announcement.tags | fresh.tags,
        raw_tag=fresh.raw_tag,
        urgency=fresh.urgency if fresh.urgency is Urgency.URGENT else row.announcement.urgency,
        mentions=fresh.mentions or row.announcement.mentions,
        waivers=frozenset(),
    )


def _filled(
    event: Said,
    scene: Scene,
    asker: Person,
    row: AnnouncementRow,
    action: str,
    *,
    reason: str = "",
    people: tuple[PersonId, ...] = (),
) -> Outcome:
    """The change that asked for these words, with them put in."""
    asked = scene.asking.get(action)
    if asked is None:
        return spoken.refuse(scene, event.cause, words.not_understood())
    fix = fixes.fill(pressed.fix_of(asked), reason=reason, people=people)
    missing = fixes.needs(fix)
    if missing is not None:
        return pressed.ask_further(scene, row, asked, fix, missing, event.cause)
    try:
        changed, _ = engine.apply_fix(row.announcement, fix, scene.judging(row.announcement, asker))
    except (LookupError, ValueError):
        return spoken.refuse(scene, event.cause, words.not_understood())
    return _show(event, scene, asker, row, changed)


def _show(event: Said, scene: Scene, asker: Person, row: AnnouncementRow, changed: Announcement) -> Outcome:
    held = Cancel(announcement=row.announcement.id, reason="edited")
    waits = row.state in (State.ASKING, State.SCHEDULED)
    stopped = Outcome(changes=(held,)) + freshness.moved(scene, row, None) if waits else Outcome()
    return _too_long(event, scene, changed, is_edit=True) or stopped + review.void(scene, row) + draft.show(
        scene, changed, asker, asked_from=row.asked_from, cause=event.cause, previous=row
    )
