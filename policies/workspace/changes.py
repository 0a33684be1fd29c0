"""变更计划 (changes and plans): what would be done, step by step, in one total order.

Whoever applies a plan keeps to its order within a group; after a change that failed, the rest of that group waits
for another plan: who is needed is added before who goes is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from policies.model import Account, Chat, Platform
from policies.workspace.model import AtAll, Generation, GroupKey, Problem, Speak, Unreadable


class ChangeKind(StrEnum):
    """What may be changed, in the order within one group: who is needed comes before who goes."""

    CREATE = "create"
    RENAME = "rename"
    ADD_MEMBERS = "add-members"
    ADD_ADMINS = "add-admins"
    SET_OWNER = "set-owner"
    SET_SPEAK = "set-speak"
    SET_AT_ALL = "set-at-all"
    REMOVE_ADMINS = "remove-admins"
    REMOVE_MEMBERS = "remove-members"
    ENSURE_FOLDER = "ensure-folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """变更: one call; a folder takes one for each of its levels.

    Attributes:
        key: the group; for a folder the group that may use it.
        chat: ``None``: made by this change or an earlier one of the same plan (CREATE).
        handle: the platform's second id, see ``ObservedGroup.handle``.
        name: what the group is called (CREATE, RENAME: shall be called).
        accounts: who is added, removed, made admin, no longer admin; for CREATE the first members;
            at most one call's worth of them.
        admins: for CREATE where the platform appoints them in the same call (scene groups).
        owner: for CREATE a person who shall own it (``None``: our bot), for SET_OWNER who shall.
        before: the old name, speak or at-all, ``""`` where unknown.
        total: how many people the group shall have (CREATE), or has (everything else), ``None``: unknown.
        path: for ENSURE_FOLDER, all names from the top; levels that are there already are found, not doubled.
        is_trial: DingTalk's first mute: a card must still arrive, else it is undone and the plan stops.
        after_trial: only if the trial of this plan went well.
    """

    kind: ChangeKind
    platform: Platform
    key: GroupKey
    chat: Chat | None = None
    generation: Generation = Generation.FEISHU
    handle: str = ""
    name: str = ""
    accounts: tuple[Account, ...] = ()
    admins: tuple[Account, ...] = ()
    owner: Account | None = None
    before: str = ""
    speak: Speak | None = None
    at_all: AtAll | None = None
    total: int | None = None
    path: tuple[str, ...] = ()
    is_trial: bool = False
    after_trial: bool = False

    @property
    def id(self) -> str:
        """From its content: the same change of another plan has the same one."""
        return identity(self)


class Task(StrEnum):
    """What only a person can do, in the client or the console."""

    ADD_ADMINS = "add-admins"
    REMOVE_ADMINS = "remove-admins"
    ADD_MEMBERS = "add-members"
    REMOVE_MEMBERS = "remove-members"
    RENAME = "rename"
    SET_OWNER = "set-owner"
    SET_SPEAK = "set-speak"
    SET_AT_ALL = "set-at-all"
    OWNER_IN_RANGE = "owner-in-range"
    ADD_BOT = "add-bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """清单项: a change nobody may make by API, to be clicked by a person.

    Attributes:
        owner: whose client it takes, ``None``: our bot owns the group or we do not know.
        can_be_seen: once done, we see it, and the item goes away by itself; else it is asked about.
    """

    task: Task
    platform: Platform
    key: GroupKey
    chat: Chat | None = None
    generation: Generation = Generation.FEISHU
    name: str = ""
    owner: Account | None = None
    accounts: tuple[Account, ...] = ()
    speak: Speak | None = None
    at_all: AtAll | None = None
    can_be_seen: bool = True

    @property
    def id(self) -> str:
        """From its content; letting our bot in is one item, whatever else of the group changes meanwhile."""
        return identity(self) if self.task is not Task.ADD_BOT or self.chat is None else letting_in(self.chat)


def letting_in(chat: Chat) -> str:
    """The item that our bot be let into this group."""
    return identity((Task.ADD_BOT, str(chat)))


def identity(value: object) -> str:
    """12 hex digits; the words of a frozen value are its content, and sets do not stand in these."""
    return sha256(repr(value).encode()).hexdigest()[:12]


class Pause(StrEnum):
    """Why something wished for is not in the plan yet."""

    NOT_ADOPTED = "not-adopted"
    UNCERTAIN = "uncertain"
    MUTE_UNTRIED = "mute-untried"
    MUTE_STOPS_US = "mute-stops-us"
    UNREAD = "unread"
    NOT_IN_CONFIG = "not-in-config"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A group of which something waits for a person, a trial or a better look; nothing is done meanwhile."""

    pause: Pause
    key: GroupKey
    platform: Platform
    name: str
    chat: Chat | None = None


class Guard(StrEnum):
    """守卫: what stops a plan."""

    MANY_REMOVED = "many-removed"
    DIRECTORY_SHRANK = "directory-shrank"
    VANISHED_DEPARTMENT = "vanished-department"
    UNREADABLE = "unreadable"
    SAME_NAME = "same-name"


class Cause(StrEnum):
    """The likeliest reason, to be said with the stop."""

    RANGE_NARROWED = "range-narrowed"
    DISSOLVED = "dissolved"
    MOVED = "moved"
    NO_PERMISSION = "no-permission"
    MADE_BY_HAND = "made-by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One guard that said no. ``--force`` names it; ``SAME_NAME`` and ``UNREADABLE`` cannot be forced.

    Attributes:
        name: the group, department or platform it is about. n, of: the figures.
        chat: the unmanaged group of the same name.
    """

    guard: Guard
    platform: Platform
    name: str = ""
    key: GroupKey | None = None
    chat: Chat | None = None
    n: int = 0
    of: int = 0
    cause: Cause | None = None

    @property
    def can_be_forced(self) -> bool:
        return self.guard not in (Guard.SAME_NAME, Guard.UNREADABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a plan costs of a platform's monthly calls; ``left`` and ``limit`` are ``None`` where nobody counts."""

    platform: Platform
    calls: int
    left: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """变更计划: frozen; what is applied is exactly this.

    Attributes:
        id: ``P-3F2A``, for people. digest: all of it, for comparing.
        todos: what a person must click. waiting: what is held back.
        unmanaged: groups that are not ours, by platform. unread: what could not be looked at.
        problems, stops: with any of them nothing is applied.
    """

    id: str
    digest: str
    changes: tuple[Change, ...] = ()
    todos: tuple[Todo, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    unmanaged: Mapping[Platform, int] = field(default_factory=dict)
    unread: tuple[Unreadable, ...] = ()
    prices: tuple[Price, ...] = ()
    problems: tuple[Problem, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing to do by ourselves; a person may still have something to click."""
        return not self.changes
