"""世界 (world): what changes seldom, as one value: the configuration resolved against today's directory and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.config.model import Config
from bot.config.policy import Grant as GrantLine
from bot.config.questionnaires import Questionnaire
from bot.config.rooms import Pilot
from bot.config.values import Ref, RefKind
from bot.conversation import audience as audiences
from bot.store.mirror import Directory
from bot.store.rows import ChatRow
from policies.calendar import Calendars
from policies.engine import Ruleset
from policies.facts import Grant
from policies.model import (
    Account,
    AudienceKind,
    Chat,
    DepartmentId,
    Person,
    PersonId,
    Platform,
    Recipient,
)
from policies.pilot import Asked, Plan
from policies.pilot import Department as ScopeDepartment
from policies.questionnaire.occasions import Rhythm
from policies.rates import InTime
from policies.remedy import Channel
from policies.verdict import Criterion
from policies.wording import audience as words

COMPANY = "company"
"""``ChatRow.managed_for`` of the all-hands group."""

Pot = tuple[Platform, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Replaced whole when the configuration or the mirror changes; never changed.

    Attributes:
        tenants: per platform, the tenant whose events are ours.
        channels: what each platform can carry.
        grants: resolved against this directory.
        reviewers: persons who may let through what its author may not send.
        teams: persons with hours of their own, by ``[[work_hours.team]]`` name.
        pots: the month's limits, in calls.
        duties: who is on duty from one day to another.
        gentle_minutes: between two notices that ring the same person at an opening.
        digest: what can wait is put together for each group.
        pilot: what ``[pilot]`` says; ``None``: the policy holds for everybody.
        feedback_owners: who looks after tickets, admins where nobody is named. contacts: who may be turned to in
            confidence.
    """

    zone: str
    directory: Directory
    chats: Mapping[Chat, ChatRow]
    calendars: Calendars
    ruleset: Ruleset
    channels: Mapping[Platform, Channel]
    tenants: Mapping[Platform, str]
    admins: tuple[PersonId, ...] = ()
    grants: tuple[Grant, ...] = ()
    reviewers: tuple[PersonId, ...] = ()
    teams: Mapping[PersonId, str] = field(default_factory=dict)
    duties: tuple[tuple[date, date, tuple[PersonId, ...]], ...] = ()
    may_mention_all: frozenset[PersonId] = frozenset()
    undo_seconds: int = 60
    spread_minutes: int = 10
    gentle_minutes: int = 5
    digest: bool = True
    read_groups: frozenset[str] = frozenset()
    pots: Mapping[Pot, int] = field(default_factory=dict)
    show_readers: bool = False
    keep_announcements_days: int = 365
    keep_payloads_days: int = 30
    pilot: Plan | None = None
    feedback_owners: tuple[PersonId, ...] = ()
    contacts: tuple[PersonId, ...] = ()

    @property
    def unwalked(self) -> frozenset[Platform]:
        """Platforms whose directory has never been read to its end."""
        return frozenset(self.channels) - self.directory.seen_at.keys()

    def is_admin(self, person: Person) -> bool:
        return person.id in self.admins

    def admin_people(self) -> tuple[Person, ...]:
        """Active admins, in the order of the configuration."""
        found = (self.directory.person(identity) for identity in self.admins)
        return tuple(person for person in found if person is not None and person.is_active)

    def reviewer_people(self) -> tuple[Person, ...]:
        """Active reviewers, in the order of the configuration; each human once, whatever their accounts."""
        found = (self.directory.person(identity) for identity in self.reviewers)
        return tuple(person for person in found if person is not None and person.is_active)

    def on_duty(self, day: date) -> tuple[Person, ...]:
        """Active people who are on duty that day, in the order of the configuration."""
        ids = dict.fromkeys(one for first, last, who in self.duties if first <= day <= last for one in who)
        found = (self.directory.person(one) for one in ids)
        return tuple(person for person in found if person is not None and person.is_active)

    def recipient(self, person: Person, preferred: Account | None = None) -> Recipient:
        """How a word to this one person travels: by the account they use with us, else their first."""
        account = preferred if preferred is not None and preferred in person.accounts else person.accounts[0]
        return Recipient(
            person=person.id, account=account, name=person.name, team=self.teams.get(person.id, "")
        )

    def with_teams(self, recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
        return tuple(replace(one, team=self.teams.get(one.person, "")) for one in recipients)


def build(
    config: Config,
    *,
    directory: Directory,
    chats: Mapping[Chat, ChatRow],
    calendars: Calendars,
    ruleset: Ruleset,
    channels: Mapping[Platform, Channel],
    tenants: Mapping[Platform, str],
    pots: Mapping[Pot, int],
) -> World:
    """Resolve every person and department of the configuration; who is not found simply holds nothing."""
    resolve = _Resolver(directory)
    with_forms = frozenset(platform for platform, channel in channels.items() if channel.forms)
    return World(
        zone=config.work_hours.zone or config.company.zone,
        directory=directory,
        chats=chats,
        calendars=calendars,
        ruleset=ruleset,
        channels=channels,
        tenants=tenants,
        admins=resolve.ids(config.company.admins),
        grants=tuple(_grant(line, resolve) for line in config.grants),
        reviewers=resolve.ids(config.announce.reviewers),
        teams={
            person: team.name
            for team in config.work_hours.team
            for person in (*resolve.ids(team.departments), *resolve.ids(team.members))
        },
        duties=tuple((one.first, one.last, resolve.ids(one.who)) for one in config.work_hours.duty),
        may_mention_all=frozenset(resolve.ids(config.mentions.all_allowed_for)),
        undo_seconds=config.announce.undo_seconds,
        spread_minutes=config.work_hours.spread_minutes,
        gentle_minutes=config.work_hours.gentle_minutes,
        digest=config.work_hours.digest,
        read_groups=frozenset(
            group
            for meant in groups_read(config.privacy.read_groups, chats.values()).values()
            for group in meant
        ),
        pots=pots,
        show_readers=config.privacy.show_readers_to_author,
        keep_announcements_days=config.privacy.keep_announcements_days,
        keep_payloads_days=config.privacy.keep_payloads_days,
        pilot=_pilot(config, resolve, directory, with_forms),
        feedback_owners=resolve.ids(config.feedback.owners),
        contacts=resolve.ids(config.feedback.contacts),
    )


def managed_groups(config: Config) -> dict[Chat, str]:
    """Groups the configuration names, and whom each serves: a department, a project, or the company."""
    found: dict[Chat, str] = {}
    workspace = config.workspace
    lines = [(workspace.company_groups, COMPANY)]
    lines += [(one.groups, one.serves) for one in workspace.department]
    lines += [(one.groups, one.name) for one in workspace.project]
    for groups, serves in lines:
        if groups.feishu:
            found[Chat(Platform.FEISHU, groups.feishu)] = serves
        if groups.dingtalk:
            found[Chat(Platform.DINGTALK, groups.dingtalk)] = serves
    return found


def groups_read(written: Iterable[str], known: Iterable[ChatRow]) -> dict[str, tuple[str, ...]]:
    """Which groups of Feishu each entry of ``privacy.read_groups`` means, as ``feishu:oc_…``.

    A name means those that we keep: anybody can give a group of their own the same one and put us into it.
    """
    ours = [row for row in known if row.platform is Platform.FEISHU and row.managed_for and row.is_alive]
    return {
        one: (one,)
        if one.startswith(f"{Platform.FEISHU}:")
        else tuple(str(Chat(row.platform, row.id)) for row in ours if row.name == one)
        for one in written
    }


def people(refs: Iterable[Ref], directory: Directory) -> tuple[Person, ...]:
    """Who is meant today, each human once; who is not found is nobody."""
    resolve = _Resolver(directory)
    found = (directory.person(identity) for identity in resolve.ids(refs))
    return tuple(person for person in found if person is not None and person.is_active)


def _pilot(
    config: Config, resolve: _Resolver, directory: Directory, with_forms: frozenset[Platform]
) -> Plan | None:
    if config.pilot is None:
        return None
    departments = tuple(_in_scope(ref, resolve, directory) for ref in config.pilot.departments)
    goals = config.pilot
    return Plan(
        starts=goals.starts,
        days=goals.days,
        departments=departments,
        notice_published=config.privacy.notice_published,
        questionnaires=tuple(
            _in_pilot(one, config.pilot, resolve, with_forms) for one in config.questionnaire
        ),
        goals={
            Criterion.DELIVERED: goals.delivered_percent,
            Criterion.READ: goals.read_percent,
            Criterion.SATISFACTION: goals.satisfaction_points,
            Criterion.SOLVED: goals.solved_percent,
        },
        in_time=InTime(
            delivered=timedelta(minutes=goals.delivered_within_minutes),
            important_read=timedelta(hours=goals.important_read_within_hours),
            read_workdays=goals.read_within_workdays,
        ),
    )


def _in_pilot(
    line: Questionnaire,
    pilot: Pilot,
    resolve: _Resolver,
    with_forms: frozenset[Platform],
) -> Asked:
    is_of_it = line.when.rhythm is Rhythm.PILOT
    refs = line.audience or (pilot.departments if is_of_it else ())
    able = {
        ref.name: frozenset(person.id for person in resolve.people(ref) if _has_form(person, with_forms))
        for ref in refs
    }
    return Asked(
        id=line.id,
        anonymous=line.anonymous,
        audience=words.holders(tuple(able)) if able else "",
        size=len(frozenset().union(*able.values())) if able else None,
        cells={name: len(people) for name, people in able.items()} if line.by_department else {},
        in_pilot=is_of_it,
    )


def _in_scope(ref: Ref, resolve: _Resolver, directory: Directory) -> ScopeDepartment:
    """A department of that name on every platform it is meant on; the one above it is where it could go."""
    ids = resolve.departments(ref)
    heads = [head for one in ids if (head := directory.head_of(one)) is not None and head.is_active]
    above = [directory.department(one) for one in ids]
    parents = [directory.department(one.parent) for one in above if one is not None and one.parent]
    return ScopeDepartment(
        name=ref.name,
        people=frozenset(person.id for person in directory.people_in(ids) if person.is_active),
        head=heads[0].id if heads else None,
        parent=next((one.name for one in parents if one is not None and one.parent), ""),
    )


def _has_form(person: Person | None, with_forms: frozenset[Platform]) -> bool:
    return person is not None and any(account.platform in with_forms for account in person.accounts)


class _Resolver:
    """From what is written in the file to who that is today."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def ids(self, refs: Iterable[Ref]) -> tuple[PersonId, ...]:
        return tuple(dict.fromkeys(person.id for ref in refs for person in self.people(ref)))

    def people(self, ref: Ref) -> tuple[Person, ...]:
        match ref.kind:
            case RefKind.ACCOUNT:
                person = self._directory.by_account(ref.account) if ref.account else None
                return (person,) if person is not None else ()
            case RefKind.NAME:
                named = audiences.person_named(ref.name, self._directory)
                return (named,) if isinstance(named, Person) else ()
            case RefKind.HEAD:
                heads = (self._directory.head_of(one) for one in self.departments(ref))
                return tuple(head for head in heads if head is not None and head.is_active)
            case RefKind.DEPARTMENT:
                return self._directory.people_in(self.departments(ref))
            case RefKind.COMPANY | RefKind.EVERYONE:
                return self._directory.everyone()
            case RefKind.OWN_DEPARTMENT:
                return ()

    def departments(self, ref: Ref) -> tuple[DepartmentId, ...]:
        return tuple(one.id for one in self._directory.departments_named(ref.name, ref.platform))

    def below(self, ref: Ref) -> frozenset[DepartmentId]:
        return frozenset(
            below for one in self.departments(ref) for below in (one, *self._directory.below(one))
        )


def _grant(line: GrantLine, resolve: _Resolver) -> Grant:
    everyone = any(ref.kind is RefKind.EVERYONE for ref in line.who)
    return Grant(
        label=words.holders(tuple(_label(ref, resolve) for ref in line.who)),
        kind=AudienceKind.COMPANY if line.audience.kind is RefKind.COMPANY else AudienceKind.DEPARTMENT,
        holders=frozenset() if everyone else frozenset(resolve.ids(line.who)),
        everyone=everyone,
        departments=resolve.below(line.audience) if line.audience.kind is RefKind.DEPARTMENT else frozenset(),
        own_department=line.audience.kind is RefKind.OWN_DEPARTMENT,
    )


def _label(ref: Ref, resolve: _Resolver) -> str:
    """How people would say it: a person by name, an office by its department."""
    if ref.kind is RefKind.HEAD:
        return words.head_of(ref.name)
    people = resolve.people(ref) if ref.kind in (RefKind.ACCOUNT, RefKind.NAME) else ()
    return people[0].name if people else words.holder(ref.written)
