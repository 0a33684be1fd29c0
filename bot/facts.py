"""事实 (facts): one snapshot for one judgement, from the store and the directory's mirror only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot import reach
from bot.conversation import audience as audiences
from bot.reach import Reach
from bot.store import actions, announcements, dialogs, kept, marks, meter, outbox, pilots, polls, tickets
from bot.store.kept import Kept
from bot.store.marks import Pause
from bot.store.mirror import Directory
from bot.store.pilots import Consent, PilotRow
from bot.store.polls import Asked, Poll
from bot.store.rows import Action, AnnouncementRow, Dialog, OutboxRow, OutboxState
from bot.store.tickets import TicketRow
from bot.world import COMPANY, World
from policies import pilot as pilot_rules
from policies import tags
from policies.announcement import State
from policies.facts import Facts, MentionCandidate, OtherWay, Past
from policies.model import (
    Account,
    Announcement,
    Audience,
    AudienceKind,
    DepartmentId,
    Person,
    PersonId,
    Platform,
    Recipient,
)
from policies.pilot import Bounds
from policies.pilot import State as PilotState
from policies.questionnaire.life import State as PollState
from policies.questionnaire.model import Answers
from policies.verdict import Report

if TYPE_CHECKING:
    from bot.store.engine import Connection

RECENT = timedelta(days=2)
"""How far back the repetition rule may look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """One questionnaire as one person stands to it.

    Attributes:
        asked: their place in the frozen audience; ``None``: not asked.
        answers: what they have answered by name; whether to the end says ``is_whole``.
    """

    poll: Poll
    asked: Asked | None = None
    answers: Answers = ()
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InPilot:
    """What a stop of the pilot would touch.

    Attributes:
        planned: runs of its questionnaires that have not opened. still_open: how many have, and are not counted yet.
        held: announcements by its people or to them that wait; ``copies`` of them.
    """

    planned: tuple[str, ...] = ()
    still_open: int = 0
    held: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that one turn may know.

    Attributes:
        asker: who spoke or pressed, by the platform's id; ``None``: nobody the directory knows.
        row: the announcement this is about, if any.
        rows: its outbox rows' states, counted.
        left: how many of its copies were cancelled because their reader has left the company.
        carried: the outbox rows of its copies, where a turn needs them one by one.
        sent_card: the outbox row of its preview card.
        cut_off: for who asks how it is: platforms whose line is dead at this moment.
        kept: for who asks for it: how much the store has about them.
        busy: for a morning: what is on its way to people anyway, and when.
    """

    world: World
    now: datetime
    account: Account | None = None
    asker: Person | None = None
    dialog: Dialog | None = None
    action: Action | None = None
    row: AnnouncementRow | None = None
    rows: Mapping[OutboxState, int] = field(default_factory=dict)
    outbox_row: OutboxRow | None = None
    own: tuple[AnnouncementRow, ...] = ()
    important_this_week: int = 0
    urgent_this_month: int = 0
    recent: tuple[Past, ...] = ()
    asking: Mapping[str, Action] = field(default_factory=dict)
    next_moments: Mapping[str, datetime] = field(default_factory=dict)
    reached: Mapping[str, int] = field(default_factory=dict)
    carried: tuple[OutboxRow, ...] = ()
    copies: Mapping[OutboxState, int] = field(default_factory=dict)
    left: int = 0
    spent: Mapping[tuple[Platform, str], int] = field(default_factory=dict)
    copies_on: Mapping[tuple[Platform, OutboxState], int] = field(default_factory=dict)
    untold: tuple[OutboxRow, ...] = ()
    pause: Pause | None = None
    held_by_pause: int = 0
    reminded: int = 0
    reach: Reach = field(default_factory=Reach)
    poll: PollFacts | None = None
    kept: Kept | None = None
    cut_off: tuple[Platform, ...] = ()
    busy: tuple[tuple[tuple[Account, ...], datetime], ...] = ()
    pilot: PilotRow | None = None
    consents: Mapping[str, Consent] = field(default_factory=dict)
    report: Report | None = None
    rehearsal: Mapping[str, Any] | None = None
    ticket: TicketRow | None = None
    in_pilot: InPilot = field(default_factory=InPilot)

    @property
    def today(self) -> date:
        """In the company's zone."""
        return self.now.astimezone(ZoneInfo(self.world.zone)).date()

    @property
    def is_pilot_on(self) -> bool:
        """Whether figures of a pilot are being counted today."""
        row, plan = self.pilot, self.world.pilot
        known = row is not None and plan is not None and row.id == plan.id
        return known and row is not None and row.state is PilotState.RUNNING and row.starts <= self.today

    def bounds(self, author: Person) -> Bounds:
        """Which rules speak of this author, and whose hours are kept: a pilot binds its own people only."""
        plan, row = self.world.pilot, self.pilot
        known = row if row is not None and plan is not None and row.id == plan.id else None
        return pilot_rules.bounds(
            plan,
            known.state if known else None,
            known.starts if known else self.today,
            self.today,
            author,
        )

    def recipients(self, announcement: Announcement) -> tuple[Recipient, ...]:
        return self.world.with_teams(
            audiences.recipients(
                announcement.audience, self.world.directory, self.world.chats, also=announcement.mentions
            )
        )

    def judging(self, announcement: Announcement, author: Person) -> Facts:
        """The facts for judging this announcement by this author now; pure."""
        world = self.world
        directory = world.directory
        bounds = self.bounds(author)
        recipients = self.recipients(announcement)
        mentioned = [
            person
            for mention in announcement.mentions
            if (person := directory.person(PersonId(str(mention))))
        ]
        names = {recipient.person: recipient.name for recipient in recipients}
        names |= {person.id: person.name for person in mentioned}
        able = [person for person in world.reviewer_people() if person.id != author.id]
        names |= {person.id: person.name for person in able}
        names |= {author.id: author.name}
        ways = (
            other_ways(announcement, author, world)
            if announcement.audience.kind is AudienceKind.COMPANY
            else ()
        )
        return Facts(
            author=author,
            recipients=recipients,
            calendars=world.calendars,
            grants=world.grants,
            reviewers=tuple(person.id for person in able),
            own_departments=_own(author, directory),
            above={
                one: frozenset(directory.above(one)) - _roots(directory)
                for one in announcement.audience.departments
            },
            author_chats=frozenset(
                str(chat)
                for chat, row in world.chats.items()
                if row.members is None or any(account in row.members for account in author.accounts)
            ),
            names=names,
            mentionable=frozenset(recipient.person for recipient in recipients),
            group_mentions=frozenset(
                platform for platform, channel in world.channels.items() if channel.group_mentions
            ),
            all_exempt=author.id in world.may_mention_all,
            is_admin=world.is_admin(author),
            important_this_week=self.important_this_week,
            urgent_this_month=self.urgent_this_month,
            recent=tuple(past for past in self.recent if past.id != announcement.id),
            candidates=mention_candidates(announcement, recipients, world),
            other_ways=ways,
            off=bounds.off,
            hours_for=bounds.hours_for,
        )


def _own(author: Person, directory: Directory) -> frozenset[DepartmentId]:
    """The author's departments and those above, and below those they lead; never the company itself."""
    led = [one.id for one in directory.departments() if one.head == author.id]
    below = frozenset(under for one in led for under in (one, *directory.below(one)))
    return (audiences.above(author.departments, directory) | below) - _roots(directory)


def _roots(directory: Directory) -> frozenset[DepartmentId]:
    return frozenset(one.id for one in directory.departments() if one.parent is None)


def mention_candidates(
    announcement: Announcement, recipients: tuple[Recipient, ...], world: World
) -> tuple[MentionCandidate, ...]:
    """Teams inside the audience whose name, or whose members' work, the text speaks of; small ones first.

    A team is offered when its name stands in the text, else when it is the author's own team; the whole
    audience only where it is small enough that everybody in it may be mentioned.
    """
    directory = world.directory
    inside = {recipient.person for recipient in recipients}
    author = directory.person(announcement.author)
    own = set(author.departments) if author else set()
    found: list[tuple[int, MentionCandidate]] = []
    for department in directory.departments():
        if department.parent is None:
            continue
        people = tuple(person.id for person in directory.people_in((department.id,)) if person.id in inside)
        if not people or (len(people) == len(inside) and len(people) > world.ruleset.mentions.all_up_to):
            continue
        named = department.name in announcement.text or audiences.bare(department.name) in announcement.text
        rank = 0 if named else 1 if department.id in own else 2
        if rank < 2:
            found.append((rank, MentionCandidate(label=department.name, people=people)))
    found.sort(key=lambda pair: (pair[0], len(pair[1].people), pair[1].label))
    if not found:
        heads = [directory.head_of(identity) for identity in announcement.audience.departments]
        chief = tuple(head.id for head in heads if head is not None and head.id in inside)
        if chief and author is not None and author.id not in chief:
            name = directory.person(chief[0])
            found.append((2, MentionCandidate(label=name.name if name else "", people=chief)))
    return tuple(candidate for _, candidate in found[:2])


def other_ways(announcement: Announcement, author: Person, world: World) -> tuple[OtherWay, ...]:
    """Audiences this author may address without a grant for the company, nearest to the text first."""
    ways: list[tuple[int, OtherWay]] = []
    for chat, row in world.chats.items():
        if row.members is None or not row.is_alive or row.managed_for == COMPANY:
            continue
        if not any(account in row.members for account in author.accounts):
            continue
        rank = 0 if audiences.bare(row.name) in announcement.text else 2
        group = Audience(kind=AudienceKind.GROUP, name=row.name, chat=chat, platform=chat.platform)
        ways.append((rank, _way(row.name, group, world)))
    own = audiences.resolve("", "department", author, world.directory, ())
    if isinstance(own, Audience):
        ways.append((1, _way(own.name, own, world)))
    ways.sort(key=lambda pair: (pair[0], len(pair[1].recipients), pair[1].label))
    return tuple(way for _, way in ways[:2])


def _way(name: str, audience: Audience, world: World) -> OtherWay:
    people = world.with_teams(audiences.recipients(audience, world.directory, world.chats))
    return OtherWay(label=name, audience=audience, recipients=people)


# ── Gathering ─────────────────────────────────────────────────────────────────────────────────────


def gather(
    conn: Connection,
    world: World,
    now: datetime,
    *,
    account: Account | None = None,
    action: str = "",
    subject: str = "",
    key: str = "",
    judges: bool = True,
) -> Scene:
    """Read what a turn about this account, action, announcement or outbox row may need, in one transaction.

    Args:
        judges: ``False``: the rules will not be asked, so their author's past is not read.
    """
    asker = world.directory.by_account(account) if account else None
    pressed = actions.get(conn, action) if action else None
    about = subject or (pressed.subject if pressed else "")
    row = announcements.get(conn, about) if about else None
    pause = marks.paused(conn, now)
    scene = Scene(
        world=world,
        now=now,
        account=account,
        asker=asker,
        dialog=dialogs.get(conn, account, now) if account else None,
        action=pressed,
        row=row,
        rows=outbox.summary(conn, row.announcement.id) if row else {},
        outbox_row=outbox.by_key(conn, key) if key else None,
        pause=pause,
        held_by_pause=outbox.count_held_by_pause(conn) if pause else 0,
        pilot=pilots.current(conn) if world.pilot is not None else None,
        ticket=tickets.get(conn, about) if about.startswith(tickets.PREFIX) else None,
    )
    author = row.announcement.author if row else asker.id if asker else None
    return _with_history(conn, scene, author) if author and judges else scene


def with_reach(conn: Connection, scene: Scene) -> Scene:
    """Whom the announcement has reached; only for turns that ask."""
    if scene.row is None:
        return scene
    about = scene.row.announcement.id
    reminders = [
        one for one in actions.of_subject(conn, about) if one.kind == REMINDERS and one.used_at is not None
    ]
    return replace(scene, reach=reach.gather(conn, scene.world.directory, about), reminded=len(reminders))


def with_poll(conn: Connection, scene: Scene, run: str) -> Scene:
    """A questionnaire, as whoever spoke or pressed stands to it; only for turns about it."""
    poll = polls.get(conn, run) if run else None
    if poll is None or scene.asker is None:
        return scene
    answers, is_whole = polls.named_of(conn, run, scene.asker.id)
    asked = polls.asked(conn, run, scene.asker.id)
    return replace(scene, poll=PollFacts(poll=poll, asked=asked, answers=answers, is_whole=is_whole))


def with_open_poll(conn: Connection, scene: Scene) -> Scene:
    """The latest open questionnaire that waits for whoever spoke; a named one they have not finished first."""
    if scene.asker is None:
        return scene
    here = [
        found.poll
        for poll in polls.living(conn)
        if poll.state is PollState.OPEN and (found := with_poll(conn, scene, poll.run)).poll
    ]
    mine = [one for one in here if one.asked is not None]
    mine.sort(
        key=lambda one: (one.is_whole, one.poll.terms.is_anonymous, -one.poll.terms.opens_at.timestamp())
    )
    return replace(scene, poll=mine[0]) if mine else scene


REMINDERS = "remind-readers"
"""The kind of the buttons that remind readers: how many were used is how often it was done."""


def _with_history(conn: Connection, scene: Scene, author: PersonId) -> Scene:
    local = scene.now.astimezone(ZoneInfo(scene.world.zone))
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    week = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return replace(
        scene,
        important_this_week=announcements.count_important(conn, author, week),
        urgent_this_month=announcements.count_urgent(conn, author, month),
        recent=announcements.recent(conn, scene.now - RECENT),
        spent={
            (platform, pot): meter.read(conn, platform, local.strftime("%Y-%m"), pot)
            for platform, pot in scene.world.pots
        },
    )


LISTED = 10


def with_own(conn: Connection, scene: Scene) -> Scene:
    """The asker's own announcements, with how far each has come; only when they ask for them."""
    if scene.asker is None:
        return scene
    states = [state for state in State if state not in (State.CANCELLED, State.REFUSED)]
    own = announcements.by_author(conn, scene.asker.id, states, LISTED)
    ids = [row.announcement.id for row in own]
    return replace(
        scene,
        own=own,
        reached={one: outbox.copies(conn, one).get(OutboxState.SENT, 0) for one in ids},
        next_moments={one: moment for one in ids if (moment := outbox.next_moment(conn, one)) is not None},
    )


def with_lines(conn: Connection, scene: Scene) -> Scene:
    """Which lines are dead now."""
    open_gaps = (gap for gap in marks.gaps_since(conn, scene.now - A_MONTH) if gap.until is None)
    return replace(scene, cut_off=tuple(gap.platform for gap in open_gaps))


A_MONTH = timedelta(days=31)


def with_kept(conn: Connection, scene: Scene) -> Scene:
    """What is kept about the asker; only when they ask."""
    return scene if scene.asker is None else replace(scene, kept=kept.about(conn, scene.asker))


def skeleton(announcement: Announcement) -> str:
    """What the repetition rule compares."""
    return tags.skeleton(announcement.text)
