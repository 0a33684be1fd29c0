"""事实 (facts): all that one judgement may know, gathered before it; nothing else is looked up while judging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from policies.calendar import Calendars
from policies.model import Audience, AudienceKind, DepartmentId, Person, PersonId, Platform, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """授权: who may announce to whom, already resolved against today's directory.

    Attributes:
        holders: persons who hold it now; empty with ``everyone`` set.
        everyone: held by every active member (for ``own-department``).
        label: how people would say who holds it: ``人力资源部负责人``.
        kind: COMPANY or DEPARTMENT.
        departments: for a named department, its ids on every platform; empty for ``own-department``.
        own_department: the departments the asker belongs to, whichever they are.
    """

    label: str
    kind: AudienceKind
    holders: frozenset[PersonId] = frozenset()
    everyone: bool = False
    departments: frozenset[DepartmentId] = frozenset()
    own_department: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionCandidate:
    """People the text seems to be about, to be offered, never assumed: ``接口组 6 人``."""

    label: str
    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWay:
    """An audience this author may announce to, nearest to what the text says first (``羽毛球社`` 26 人)."""

    label: str
    audience: Audience
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An announcement of the last days, for the repetition rule.

    ``skeleton`` is ``tags.skeleton`` of its text, ``audience_label`` is ``audience.key`` of its audience.
    The announcement under judgement may be among them: it never repeats itself.
    """

    id: str
    author: PersonId
    skeleton: str
    audience_label: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One snapshot.

    Attributes:
        author: who asks, by the platform's own id, never by what the text claims.
        recipients: the audience resolved into people, one account each, without the author's twin accounts.
        own_departments: departments the author is a member of, and those above them.
        above: for every department that may be announced to, those above it.
        names: names of all persons that findings may speak of.
        mentionable: persons who can be mentioned there (members of the audience).
        group_mentions: platforms on which this way of sending can really mention.
        all_exempt: the author may use ``@所有人`` whatever the size (``[mentions] all_allowed_for``).
        important_this_week: 【重要】 announcements by this author in the current calendar week, sent or held,
            without the one under judgement.
        urgent_this_month: urgent ones by this author in the current month, without the one under judgement.
        calendars: hours per team; ``calendars.of(recipient.team)``.
        off: rules that are silent about this author, since a pilot binds others.
        hours_for: whose hours are kept; ``None``: everybody's.
    """

    author: Person
    recipients: tuple[Recipient, ...]
    calendars: Calendars
    grants: tuple[Grant, ...] = ()
    reviewers: tuple[PersonId, ...] = ()
    own_departments: frozenset[DepartmentId] = frozenset()
    above: Mapping[DepartmentId, frozenset[DepartmentId]] = field(default_factory=dict)
    author_chats: frozenset[str] = frozenset()
    names: Mapping[PersonId, str] = field(default_factory=dict)
    mentionable: frozenset[PersonId] = frozenset()
    group_mentions: frozenset[Platform] = frozenset()
    all_exempt: bool = False
    is_admin: bool = False
    important_this_week: int = 0
    urgent_this_month: int = 0
    recent: tuple[Past, ...] = ()
    candidates: tuple[MentionCandidate, ...] = ()
    other_ways: tuple[OtherWay, ...] = ()
    off: frozenset[str] = frozenset()
    hours_for: frozenset[PersonId] | None = None
