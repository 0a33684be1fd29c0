"""工作区的名词 (nouns of the workspace): desired, observed, and who we are in a group.

What cannot be read is ``UNKNOWN``, which is not the same as empty: nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final, NewType

from policies.model import Account, Chat, DepartmentId, Platform


class Unknown(Enum):
    """The type of ``UNKNOWN``."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""The platform does not tell, or did not answer. ``value is UNKNOWN`` before it is used."""

GroupKey = NewType("GroupKey", str)
"""Which group we mean, whatever it is called and before it exists: see ``key_of``."""


class GroupKind(StrEnum):
    """In the order of a plan."""

    COMPANY = "company"
    DEPARTMENT = "department"
    PROJECT = "project"


class Generation(StrEnum):
    """How a group is made. DingTalk has two: from a group template (场景群), and ordinary ones (普通群)."""

    FEISHU = "feishu"
    SCENE = "scene"
    ORDINARY = "ordinary"


class Speak(StrEnum):
    """发言权. ``LISTED`` is observed only: on Feishu some named members."""

    EVERYONE = "everyone"
    ADMINS = "admins"
    LISTED = "listed"


class AtAll(StrEnum):
    """谁能 @所有人. ``ADMINS`` is owner and admins on Feishu, the owner alone on DingTalk."""

    EVERYONE = "everyone"
    ADMINS = "admins"


class Role(StrEnum):
    """What our bot is in a group.

    ``CREATOR``: we made it, somebody else owns it, and we may act as its owner (Feishu:
    ``im:chat:operate_as_owner``; DingTalk: made by our app, or under our group template).
    """

    OWNER = "owner"
    CREATOR = "creator"
    ADMIN = "admin"
    MEMBER = "member"
    OUTSIDE = "outside"


def key_of(platform: Platform, kind: GroupKind, what: str = "") -> GroupKey:
    """``feishu:company``, ``feishu:department:od-1`` (the platform's own id), ``dingtalk:project:NAME``."""
    return GroupKey(f"{platform}:{kind}:{what}" if what else f"{platform}:{kind}")


def department_key(department: DepartmentId) -> GroupKey:
    platform, _, identity = department.partition(":")
    return key_of(Platform(platform), GroupKind.DEPARTMENT, identity)


def kind_of(key: GroupKey) -> GroupKind:
    return GroupKind(key.split(":", 2)[1])


def platform_of(key: GroupKey) -> Platform:
    return Platform(key.split(":", 1)[0])


# ── Desired (目标) ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredGroup:
    """One group on one platform, as it shall be.

    Attributes:
        serves: the department's or project's name, ``""`` for the company.
        name: what the group is called there.
        admins: in order; never empty, every one of them among ``members``.
        owner: a person who shall own it; ``None``: our bot (Feishu's default).
        speak: ``None``: not ours to say, left as it is. ``at_all``: likewise.
        keeps_others: people who were added by hand stay.
        wish: the table of the configuration it comes from, ``workspace.department[2]``.
    """

    key: GroupKey
    kind: GroupKind
    platform: Platform
    generation: Generation
    name: str
    serves: str = ""
    admins: tuple[Account, ...]
    members: frozenset[Account]
    owner: Account | None = None
    speak: Speak | None = None
    at_all: AtAll | None = None
    keeps_others: bool = False
    wish: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredFolder:
    """文件夹: all names of ``path`` from the top; the members of ``group`` shall be able to use it."""

    group: GroupKey
    path: tuple[str, ...]


class Fault(StrEnum):
    """What is wrong with a wish."""

    UNKNOWN_PERSON = "unknown-person"
    NAMESAKES = "namesakes"
    UNKNOWN_DEPARTMENT = "unknown-department"
    SAME_DEPARTMENTS = "same-departments"
    NO_HEAD = "no-head"
    NO_ADMIN_THERE = "no-admin-there"
    NOBODY_THERE = "nobody-there"
    TOO_MANY = "too-many"
    SAME_GROUP_NAME = "same-group-name"
    NAME_TOO_LONG = "name-too-long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A wish that cannot be read as it is written; nothing is planned while there is one.

    Attributes:
        key: of the configuration, ``workspace.department[1].admins``.
        written: what stands there.
        candidates: ``(where they are, how to write them)``; for an unknown name ``("", a near name)``.
        figures: numbers of the sentence: how many, how many are allowed.
    """

    fault: Fault
    key: str
    written: str
    platform: Platform | None = None
    candidates: tuple[tuple[str, str], ...] = ()
    figures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """``unseen``: platforms whose directory was never walked, so that nothing is wished for there yet."""

    groups: tuple[DesiredGroup, ...] = ()
    folders: tuple[DesiredFolder, ...] = ()
    problems: tuple[Problem, ...] = ()
    unseen: tuple[Platform, ...] = ()


# ── Observed (现状) ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedGroup:
    """One group as the platform shows it to us now.

    Attributes:
        handle: the platform's second id that changes need (DingTalk's ``chatid``), ``""`` where there is none.
        owner: ``None``: a bot, which is taken for ours.
        admins: people who are admins besides the owner; bots are not among them.
        members: people; bots are not among them.
        members_may_add: whoever is in the group may add people to it (Feishu ``add_member_permission``).
        members_may_edit: may rename it (Feishu ``edit_permission``).
        owner_in_range: DingTalk refuses every change of a group whose owner our app cannot see.
        bot_inside: our bot is in it and can post there; an ordinary group of DingTalk is made without it.
    """

    chat: Chat
    generation: Generation
    name: str | Unknown = UNKNOWN
    role: Role = Role.MEMBER
    handle: str = ""
    owner: Account | Unknown | None = UNKNOWN
    admins: frozenset[Account] | Unknown = UNKNOWN
    members: frozenset[Account] | Unknown = UNKNOWN
    speak: Speak | Unknown = UNKNOWN
    at_all: AtAll | Unknown = UNKNOWN
    members_may_add: bool | Unknown = UNKNOWN
    members_may_edit: bool | Unknown = UNKNOWN
    owner_in_range: bool | Unknown = UNKNOWN
    bot_inside: bool | Unknown = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something we tried to read and could not; ``what`` is ``directory``, ``groups``, ``folders`` or a chat's id."""

    platform: Platform
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that was seen, managed or not.

    Attributes:
        groups: a managed group that is missing here was looked for and is gone, unless ``unreadable`` names it.
        folders: of a group of ours, the paths that are there; a group that is missing here was not read.
        unreadable: what could not be read at all.
    """

    groups: Mapping[Chat, ObservedGroup] = field(default_factory=dict)
    folders: Mapping[GroupKey, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()


# ── What we keep (纳管) ───────────────────────────────────────────────────────────────────────────


class Origin(StrEnum):
    """How a group came to us. ``NAMED``: its id stands in the configuration, nobody has adopted it yet."""

    MADE = "made"
    ADOPTED = "adopted"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Which chat is which group of ours: by id, never by name.

    Attributes:
        serves: the department's or project's name when it was bound, to be said once the department is gone.
        handle: as in ``ObservedGroup``.
        guests: who was in the group when it was adopted and may stay, though nobody wished for them.
        appointed: admins that we appointed ourselves; believed where the platform does not show admins.
    """

    key: GroupKey
    chat: Chat
    origin: Origin
    generation: Generation
    serves: str = ""
    handle: str = ""
    guests: frozenset[Account] = frozenset()
    appointed: frozenset[Account] = frozenset()

    @property
    def is_managed(self) -> bool:
        return self.origin is not Origin.NAMED


class Mute(StrEnum):
    """Whether our cards still arrive in a muted group of DingTalk (全员禁言), which its pages do not say."""

    UNTRIED = "untried"
    PROVEN = "proven"
    STOPS_US = "stops-us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What we know of ourselves.

    Attributes:
        uncertain: groups of which a creation got no answer and could not be found yet; never created again.
        clicked: ids of items of the list that we cannot see, and of which a person said that they are done.
    """

    bindings: tuple[Binding, ...] = ()
    uncertain: frozenset[GroupKey] = frozenset()
    clicked: frozenset[str] = frozenset()
    mute: Mute = Mute.UNTRIED
