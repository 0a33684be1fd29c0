"""问与答 (questions): what people ask about notices, rights and hours; answered from today's rules, never from memory."""

from __future__ import annotations

from datetime import date, time, timedelta

from adapters.port import Reply, ToastTone
from bot.conversation import audience as audiences
from bot.conversation import times
from bot.facts import Scene
from bot.store import groups
from bot.store.rows import Action, AnnouncementRow, OutboxRow, OutboxState
from bot.turns import draft, received
from bot.turns.outcome import Outcome
from policies import reached
from policies.calendar import WorkCalendar
from policies.model import AudienceKind, Person, Pressed
from policies.rules import announcement as announcement_rule
from policies.wording import audience as audience_words
from policies.wording import pressed as press_words
from policies.wording import questions as words

# ── why me ────────────────────────────────────────────────────────────────────────────────────────


def why_pressed(event: Pressed, scene: Scene, action: Action, asker: Person) -> Outcome:
    """The button under a notice: the answer comes in private, once however often it is pressed."""
    row = scene.row
    if row is None:
        return Outcome(reply=Reply(toast=press_words.EXPIRED, tone=ToastTone.WARNING))
    if not received.was_meant(scene, row, asker):
        return Outcome(reply=Reply(toast=press_words.NOT_YOURS, tone=ToastTone.WARNING))
    said = draft.say(scene, why_me(scene, row, asker), row.announcement.id, "why-me")
    return said.with_reply(Reply(toast=press_words.TOLD, tone=ToastTone.SUCCESS))


def why_me(scene: Scene, row: AnnouncementRow, asker: Person) -> str:
    """The rule, evaluated again for this person, and the grant, for this author."""
    reason = reached.why(row.announcement, _belonging(scene, row, asker))
    directory = scene.world.directory
    author = directory.person(row.announcement.author)
    department = directory.department(reason.department) if reason.department else None
    return words.why_me(
        words.WhyMe(
            announcement=row.announcement,
            by=reason.by,
            department=department.name if department else "",
            author=author.name if author else "",
            granted_to=_granted_to(scene, row, author) if author else "",
        )
    )


def _belonging(scene: Scene, row: AnnouncementRow, asker: Person) -> reached.Belonging:
    world = scene.world
    chat = row.announcement.audience.chat
    known = world.chats.get(chat) if chat else None
    theirs = frozenset(
        str(one)
        for one, group in world.chats.items()
        if group.members is not None and any(account in group.members for account in asker.accounts)
    )
    untold = chat is not None and (known is None or known.members is None)
    return reached.Belonging(
        person=asker.id,
        departments=audiences.above(asker.departments, world.directory),
        chats=None if untold else theirs,
    )


def _granted_to(scene: Scene, row: AnnouncementRow, author: Person) -> str:
    if row.announcement.audience.kind not in (AudienceKind.COMPANY, AudienceKind.DEPARTMENT):
        return ""
    grants = announcement_rule.granting(row.announcement, scene.judging(row.announcement, author))
    return audience_words.holders(tuple(grant.label for grant in grants))


# ── why only then ─────────────────────────────────────────────────────────────────────────────────


def why_then(scene: Scene, row: AnnouncementRow, asker: Person) -> str:
    """Three parts of the delay of the copy that reached this person, else of the last one."""
    copy = scene.reach.copies.get(asker.id) or _last(scene)
    text = row.announcement.text
    if copy is None or copy.sent_at is None:
        moment = copy.entry.not_before if copy else scene.next_moments.get(row.announcement.id)
        return words.not_there_yet(text, moment, scene.now, zone=scene.world.zone)
    begun = row.confirmed_at or copy.entry.created_at
    return words.why_then(text, delay_of(row, copy), begun, copy.sent_at, scene.now, zone=scene.world.zone)


def delay_of(row: AnnouncementRow, copy: OutboxRow) -> words.Delay:
    """held: to the release's own moment, which its group names; spread: to the copy's; the rest is the platform's."""
    begun = row.confirmed_at or copy.entry.created_at
    arrived = copy.sent_at or begun
    left = min(max(copy.entry.not_before or begun, begun), arrived)
    opened = min(max(groups.opening(copy.entry.group) or begun, begun), left)
    return words.Delay(held=opened - begun, spread=left - opened, platform=arrived - left)


def _last(scene: Scene) -> OutboxRow | None:
    sent = [row for row in scene.reach.rows if row.state is OutboxState.SENT and row.sent_at]
    return max(sent, key=lambda row: row.sent_at or row.entry.created_at, default=None)


# ── who may, and when ─────────────────────────────────────────────────────────────────────────────


def announcers(scene: Scene, asker: Person) -> str:
    """Who may speak to everybody and to the asker's own departments, as people would say it."""
    own = audiences.above(asker.departments, scene.world.directory)
    wide = tuple(grant.label for grant in scene.world.grants if grant.kind is AudienceKind.COMPANY)
    near = tuple(
        grant.label for grant in scene.world.grants if grant.own_department or grant.departments & own
    )
    return words.announcers(tuple(dict.fromkeys(wide)), tuple(dict.fromkeys((*near, *wide))))


def hours(scene: Scene, asker: Person, when: str = "") -> str:
    """Today, or the day that is named, by the hours of the asker's own team."""
    team = scene.world.teams.get(asker.id, "")
    calendar = scene.world.calendars.of(team)
    today = calendar.local(scene.now).date()
    day = _day_meant(when, scene, calendar)
    if day is not None and day != today:
        return words.day(
            words.Day(
                day=day,
                is_workday=calendar.is_workday(day),
                opens=_clock(calendar.opens),
                closes=_clock(calendar.closes),
                is_guess=calendar.is_guess(day),
                name=calendar.days.names.get(day, ""),
            ),
            today,
        )
    after = scene.now + timedelta(seconds=1)
    return words.hours(
        words.Hours(
            team=team,
            opens=_clock(calendar.opens),
            closes=_clock(calendar.closes),
            lunch="–".join(_clock(one) for one in calendar.lunch) if calendar.lunch else "",
            is_workday=calendar.is_workday(today),
            closed=calendar.closed_because(scene.now),
            next_opening=calendar.next_opening(after),
            is_guess=calendar.is_guess(today),
            name=calendar.days.names.get(today, ""),
        ),
        scene.now,
        zone=scene.world.zone,
    )


def _day_meant(when: str, scene: Scene, calendar: WorkCalendar) -> date | None:
    found = times.find(when, scene.now, calendar) if when else None
    if not isinstance(found, times.Found):
        return None
    moment = found.moment or found.deadline or (found.span[0] if found.span else None)
    return calendar.local(moment).date() if moment else None


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
