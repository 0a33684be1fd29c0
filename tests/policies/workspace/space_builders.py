"""A small company, its wishes, and a pure platform on which plans can be carried out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from bot.store.mirror import Directory
from policies.model import Account, Chat, Department, DepartmentId, Person, PersonId, Platform
from policies.workspace import rights
from policies.workspace.changes import Change, ChangeKind, Plan
from policies.workspace.model import (
    UNKNOWN,
    AtAll,
    Binding,
    Generation,
    GroupKey,
    GroupKind,
    Kept,
    Mute,
    Observed,
    ObservedGroup,
    Origin,
    Role,
    Speak,
)
from policies.workspace.wishes import GroupWish, Who, WhoKind, Wishes

FEISHU, DINGTALK = Platform.FEISHU, Platform.DINGTALK
TODAY = date(2026, 9, 8)
SEEN = datetime(2026, 9, 8, tzinfo=UTC)


def account(written: str) -> Account:
    """``wang`` is on Feishu, ``dingtalk:wang`` is not."""
    return Account.parse(written if ":" in written else f"feishu:{written}")


def accounts(*written: str) -> frozenset[Account]:
    return frozenset(map(account, written))


def person(written: str, *departments: str, name: str = "", also: str = "", is_active: bool = True) -> Person:
    first = account(written)
    second = (account(also),) if also else ()
    return Person(
        id=PersonId(str(first)),
        name=name or first.id,
        accounts=(first, *second),
        departments=tuple(DepartmentId(one if ":" in one else f"feishu:{one}") for one in departments),
        is_active=is_active,
    )


def department(written: str, name: str, *, head: str = "", under: str = "root", path: tuple[str, ...] = ()):
    identity = DepartmentId(written if ":" in written else f"feishu:{written}")
    platform = Platform(identity.split(":")[0])
    return Department(
        id=identity,
        platform=platform,
        name=name,
        parent=DepartmentId(f"{platform}:{under}") if under else None,
        head=PersonId(str(account(head))) if head else None,
        path=path or ("禾川科技", name),
    )


def root(platform: Platform) -> Department:
    return Department(
        id=DepartmentId(f"{platform}:root"), platform=platform, name="禾川科技", path=("禾川科技",)
    )


def directory(people, departments, platforms=(FEISHU, DINGTALK)) -> Directory:
    return Directory(
        people=tuple(people),
        all_departments=(*map(root, platforms), *departments),
        seen_at=dict.fromkeys(platforms, SEEN),
    )


def named(name: str) -> Who:
    return Who(kind=WhoKind.NAME, written=name, name=name)


def in_department(name: str) -> Who:
    return Who(kind=WhoKind.DEPARTMENT, written=f"department:{name}", name=name)


def wishes(*groups: GroupWish, **more) -> Wishes:
    return Wishes(**{"platforms": (FEISHU, DINGTALK), "groups": groups, **more})


def for_department(name: str, **more) -> GroupWish:
    return GroupWish(**{"kind": GroupKind.DEPARTMENT, "at": "workspace.department[1]", "name": name, **more})


def for_project(name: str, admins: tuple[Who, ...], members: tuple[Who, ...], **more) -> GroupWish:
    given = {"kind": GroupKind.PROJECT, "at": "workspace.project[1]", "name": name, "admins": admins}
    return GroupWish(**{**given, "members": members, **more})


def for_company(title: str, *admins: Who, **more) -> GroupWish:
    given = {"kind": GroupKind.COMPANY, "at": "workspace.company", "title": title, "admins": admins}
    return GroupWish(**{**given, "speak": Speak.ADMINS, "at_all": AtAll.ADMINS, **more})


# ── A platform that does what it is told ──────────────────────────────────────────────────────────


@dataclass
class Room:
    """One group, with everything that a real one has; ``hides`` are fields nobody tells us."""

    chat: Chat
    generation: Generation
    name: str
    role: Role
    members: set[Account]
    owner: Account | None = None
    admins: set[Account] = field(default_factory=set)
    speak: Speak = Speak.EVERYONE
    at_all: AtAll = AtAll.EVERYONE
    members_may_add: bool = False
    bot_inside: bool = True
    hides: frozenset[str] = frozenset()

    @property
    def leaders(self) -> set[Account]:
        return {*self.admins, *([self.owner] if self.owner else [])}

    def seen(self) -> ObservedGroup:
        group = ObservedGroup(
            chat=self.chat,
            generation=self.generation,
            name=self.name,
            role=self.role,
            owner=self.owner,
            admins=frozenset(self.admins) - {self.owner},
            members=frozenset(self.members),
            speak=self.speak,
            at_all=self.at_all,
            members_may_add=self.members_may_add,
            members_may_edit=False,
            owner_in_range=True,
            bot_inside=self.bot_inside,
        )
        return replace(group, **dict.fromkeys(self.hides, UNKNOWN))


class Refused(Exception):
    """What a platform would not let anybody do."""


@dataclass
class World:
    """Both platforms: chats, folders, and what we remember of them."""

    rooms: dict[Chat, Room] = field(default_factory=dict)
    bindings: dict[GroupKey, Binding] = field(default_factory=dict)
    folders: dict[GroupKey, set[tuple[str, ...]]] = field(default_factory=dict)
    mute: Mute = Mute.UNTRIED
    stops_robots: bool = False
    made: int = 0

    def observed(self) -> Observed:
        return Observed(
            groups={chat: room.seen() for chat, room in self.rooms.items()},
            folders={key: frozenset(self.folders.get(key, ())) for key in self.bindings},
        )

    def kept(self) -> Kept:
        return Kept(bindings=tuple(self.bindings.values()), mute=self.mute)

    def unmanaged(self) -> dict[Chat, ObservedGroup]:
        ours = {one.chat for one in self.bindings.values() if one.is_managed}
        return {chat: room.seen() for chat, room in self.rooms.items() if chat not in ours}

    def room(self, change: Change) -> Room:
        return self.rooms[self.bindings[change.key].chat]

    def apply(self, plan: Plan, *, steps: int | None = None) -> None:
        """The first so many steps, in order; a trial that fails ends it."""
        for change in plan.changes[:steps]:
            if change.after_trial and self.mute is not Mute.PROVEN:
                continue
            self.carry_out(change)

    def carry_out(self, change: Change) -> None:
        limit = rights.LIMITS[change.generation].at_once(change.kind)
        if len(change.accounts) > limit:
            raise Refused(f"{len(change.accounts)} people in one call of {limit}")
        if change.kind is ChangeKind.CREATE:
            self._create(change)
            return
        room = self.room(change)
        if change.kind is not ChangeKind.ENSURE_FOLDER and change.kind not in rights.may(room.seen()):
            raise Refused(f"{change.kind} as {room.role}")
        getattr(self, "_" + change.kind.name.lower())(room, change)

    def _create(self, change: Change) -> None:
        if change.key in self.bindings:
            raise Refused("a twin")
        self.made += 1
        chat = Chat(change.platform, f"new{self.made}")
        owned_by_bot = change.owner is None
        if owned_by_bot and change.platform is DINGTALK:
            raise Refused("a robot owns nothing there")
        self.rooms[chat] = Room(
            chat=chat,
            generation=change.generation,
            name=change.name,
            role=Role.OWNER if owned_by_bot else Role.CREATOR,
            members={*change.accounts, *([change.owner] if change.owner else [])},
            owner=change.owner,
            admins=set(change.admins) - {change.owner} if change.generation is Generation.SCENE else set(),
            bot_inside=change.generation is not Generation.ORDINARY,
            hides=frozenset({"admins"}) if change.generation is Generation.ORDINARY else frozenset(),
        )
        self.bindings[change.key] = Binding(
            key=change.key,
            chat=chat,
            origin=Origin.MADE,
            generation=change.generation,
            appointed=frozenset(self.rooms[chat].admins),
        )

    def _rename(self, room: Room, change: Change) -> None:
        room.name = change.name

    def _add_members(self, room: Room, change: Change) -> None:
        room.members |= set(change.accounts)

    def _remove_members(self, room: Room, change: Change) -> None:
        if room.owner in change.accounts:
            raise Refused("the owner stays")
        room.members -= set(change.accounts)
        room.admins -= set(change.accounts)

    def _add_admins(self, room: Room, change: Change) -> None:
        if not set(change.accounts) <= room.members:
            raise Refused("not in the group")
        room.admins |= set(change.accounts)
        self._appointed(change, add=frozenset(change.accounts))

    def _remove_admins(self, room: Room, change: Change) -> None:
        room.admins -= set(change.accounts)
        self._appointed(change, drop=frozenset(change.accounts))

    def _appointed(self, change: Change, add=frozenset(), drop=frozenset()) -> None:
        one = self.bindings[change.key]
        self.bindings[change.key] = replace(one, appointed=one.appointed - drop | add)

    def _set_owner(self, room: Room, change: Change) -> None:
        if change.owner not in room.members:
            raise Refused("not in the group")
        room.owner = change.owner
        room.role = Role.CREATOR if room.role is Role.OWNER else room.role

    def _set_speak(self, room: Room, change: Change) -> None:
        room.speak = change.speak
        if change.is_trial:
            self.mute = Mute.STOPS_US if self.stops_robots else Mute.PROVEN
            if self.stops_robots:
                room.speak = Speak.EVERYONE

    def _set_at_all(self, room: Room, change: Change) -> None:
        room.at_all = change.at_all

    def _ensure_folder(self, room: Room, change: Change) -> None:
        paths = {change.path[:depth] for depth in range(1, len(change.path) + 1)}
        self.folders.setdefault(change.key, set()).update(paths)
