"""步骤 (steps): what one group needs, in order: who is needed before who goes; what we may not do is for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.model import Account, Chat, Platform
from policies.workspace import rights
from policies.workspace.changes import Change, ChangeKind, Task, Todo
from policies.workspace.model import (
    UNKNOWN,
    AtAll,
    Binding,
    DesiredGroup,
    Generation,
    ObservedGroup,
    Origin,
    Role,
    Speak,
)

_ORDER = {kind: place for place, kind in enumerate(ChangeKind)}
_BY_HAND = {
    ChangeKind.RENAME: Task.RENAME,
    ChangeKind.ADD_MEMBERS: Task.ADD_MEMBERS,
    ChangeKind.ADD_ADMINS: Task.ADD_ADMINS,
    ChangeKind.SET_OWNER: Task.SET_OWNER,
    ChangeKind.SET_SPEAK: Task.SET_SPEAK,
    ChangeKind.SET_AT_ALL: Task.SET_AT_ALL,
    ChangeKind.REMOVE_ADMINS: Task.REMOVE_ADMINS,
    ChangeKind.REMOVE_MEMBERS: Task.REMOVE_MEMBERS,
}


class Steps:
    """What is collected of one group; a mute of DingTalk is kept apart, since the first one is a trial."""

    def __init__(self, group: DesiredGroup, generation: Generation, chat: Chat | None, handle: str) -> None:
        self.group = group
        self.generation = generation
        self.chat = chat
        self.handle = handle
        self.name = group.name
        self.changes: list[Change] = []
        self.todos: list[Todo] = []
        self.mute: Change | None = None
        self.can_try = False

    def change(
        self,
        kind: ChangeKind,
        *,
        accounts: tuple[Account, ...] = (),
        admins: tuple[Account, ...] = (),
        owner: Account | None = None,
        before: str = "",
        speak: Speak | None = None,
        at_all: AtAll | None = None,
        total: int | None = None,
    ) -> Change:
        return Change(
            kind=kind,
            platform=self.group.platform,
            key=self.group.key,
            chat=self.chat,
            generation=self.generation,
            handle=self.handle,
            name=self.group.name if kind in (ChangeKind.CREATE, ChangeKind.RENAME) else self.name,
            accounts=accounts,
            admins=admins,
            owner=owner,
            before=before,
            speak=speak,
            at_all=at_all,
            total=total,
        )

    def people(self, kind: ChangeKind, accounts: Iterable[Account], total: int | None) -> None:
        """In calls of the size the platform takes."""
        most = rights.LIMITS[self.generation].at_once(kind)
        for some in _in_batches(tuple(accounts), most):
            self.changes.append(self.change(kind, accounts=some, total=total))

    def speaks(self, change: Change) -> None:
        """A mute of DingTalk waits for its trial; everything else is a change like others."""
        if self.group.platform is Platform.DINGTALK and change.speak is Speak.ADMINS:
            self.mute = change
        else:
            self.changes.append(change)


def _in_batches(accounts: tuple[Account, ...], most: int) -> Iterator[tuple[Account, ...]]:
    for start in range(0, len(accounts), most):
        yield accounts[start : start + most]


class Making(Steps):
    """A group that is not there: made with its admins first, so that it is never without them."""

    def __init__(self, group: DesiredGroup) -> None:
        super().__init__(group, group.generation, None, "")
        limits = rights.LIMITS[group.generation]
        everyone = (*group.admins, *sorted(group.members - set(group.admins)))
        first, rest = everyone[: limits.create_at_once], everyone[limits.create_at_once :]
        more_admins = tuple(one for one in group.admins if one != group.owner)
        total = len(everyone)
        self.changes.append(
            self.change(
                ChangeKind.CREATE,
                accounts=first,
                admins=group.admins if limits.admins_with_creation or group.owner is None else (group.owner,),
                owner=group.owner,
                total=total,
            )
        )
        self.people(ChangeKind.ADD_MEMBERS, rest, total)
        if more_admins and not limits.admins_with_creation:
            self._appoint(more_admins, total)
        if group.speak is Speak.ADMINS:
            self.speaks(self.change(ChangeKind.SET_SPEAK, speak=group.speak, total=total))
        if group.at_all is AtAll.ADMINS:
            self.changes.append(self.change(ChangeKind.SET_AT_ALL, at_all=group.at_all, total=total))
        self.can_try = group.generation is not Generation.ORDINARY
        if group.generation is Generation.ORDINARY:
            self.todos.append(_todo(self, Task.ADD_BOT, owner=group.owner))

    def _appoint(self, admins: tuple[Account, ...], total: int) -> None:
        """On Feishu the owner alone appoints: where a person owns the group, a person does it."""
        if self.generation is Generation.FEISHU and self.group.owner is not None:
            self.todos.append(_todo(self, Task.ADD_ADMINS, owner=self.group.owner, accounts=admins))
        else:
            self.people(ChangeKind.ADD_ADMINS, admins, total)


class Mending(Steps):
    """A group of ours as it was observed."""

    def __init__(
        self, group: DesiredGroup, binding: Binding, seen: ObservedGroup, clicked: frozenset[str]
    ) -> None:
        super().__init__(group, seen.generation, seen.chat, seen.handle or binding.handle)
        self._binding = binding
        self._seen = seen
        self._may = rights.may(seen)
        self.name = group.name if seen.name is UNKNOWN else seen.name
        self._owner = None if seen.owner is UNKNOWN else seen.owner
        self._total = None if seen.members is UNKNOWN else len(seen.members)
        if seen.owner_in_range is False:
            self.todos.append(_todo(self, Task.OWNER_IN_RANGE, owner=self._owner))
            return
        if seen.role is Role.OUTSIDE and seen.generation is Generation.FEISHU:
            self.todos.append(_todo(self, Task.ADD_BOT, owner=self._owner))
            return
        self.can_try = self._is_inside(clicked)
        self._rename()
        self._people()
        self._settings()
        self.changes.sort(key=self._place)

    def _is_inside(self, clicked: frozenset[str]) -> bool:
        """Whether our bot can speak there. An ordinary group does not tell: a person lets us in and says so."""
        seen = self._seen
        if seen.bot_inside is True or (
            seen.bot_inside is UNKNOWN and seen.generation is not Generation.ORDINARY
        ):
            return True
        todo = _todo(self, Task.ADD_BOT, owner=self._owner, can_be_seen=seen.bot_inside is False)
        self.todos.append(todo)
        return todo.id in clicked

    def _place(self, change: Change) -> int:
        """A bot that owns the group gives it away last: after that it may appoint nobody."""
        is_gift = change.kind is ChangeKind.SET_OWNER and self._seen.role is Role.OWNER
        return len(_ORDER) if is_gift else _ORDER[change.kind]

    def _put(self, change: Change, *, can_be_seen: bool = True) -> bool:
        """As a change if we may, else as an item for a person; whether we do it."""
        if change.kind in self._may:
            if change.kind is ChangeKind.SET_SPEAK:
                self.speaks(change)
            else:
                self.changes.append(change)
            return True
        self.todos.append(
            _todo(
                self,
                _BY_HAND[change.kind],
                owner=self._owner,
                accounts=change.accounts or ((change.owner,) if change.owner else ()),
                speak=change.speak,
                at_all=change.at_all,
                can_be_seen=can_be_seen,
            )
        )
        return False

    def _put_people(
        self, kind: ChangeKind, accounts: tuple[Account, ...], *, can_be_seen: bool = True
    ) -> bool:
        """Whether they are or will be in place by our own doing."""
        if not accounts:
            return True
        if kind in self._may:
            self.people(kind, accounts, self._total)
            return True
        return self._put(self.change(kind, accounts=accounts, total=self._total), can_be_seen=can_be_seen)

    def _rename(self) -> None:
        seen = self._seen
        if seen.name is not UNKNOWN and seen.name != self.group.name:
            self._put(self.change(ChangeKind.RENAME, before=seen.name, total=self._total))

    # ── People ────────────────────────────────────────────────────────────────────────────────────

    def _people(self) -> None:
        seen, group = self._seen, self.group
        if seen.members is UNKNOWN:
            self._ask_for_admins()
            return
        missing = group.members - seen.members
        joins_by_us = ChangeKind.ADD_MEMBERS in self._may
        ordered = [one for one in group.admins if one in missing]
        self._put_people(ChangeKind.ADD_MEMBERS, (*ordered, *sorted(missing - set(ordered))))
        inside = group.members if joins_by_us else group.members & seen.members

        heir = self._heir(inside)
        is_gift = seen.role is Role.OWNER  # comes last, so until then the heir leads as an admin
        owners = {one for one in (self._owner, None if is_gift else heir) if one is not None}
        wanted = tuple(one for one in group.admins if one not in self._leading and one not in owners)
        may_come = tuple(one for one in wanted if one in inside)
        come = self._put_people(ChangeKind.ADD_ADMINS, may_come, can_be_seen=seen.admins is not UNKNOWN)
        inherited = heir is None or self._put(
            self.change(ChangeKind.SET_OWNER, owner=heir, before=str(self._owner or ""), total=self._total)
        )
        if not (come and inherited and may_come == wanted and self._has_heir(inside)):
            # Somebody must click first: nobody who leads the group now goes before that.
            self._remove_members(self._leading | owners)
            return
        too_many = tuple(sorted(self._leading - set(group.admins) - self._binding.guests - owners))
        self._put_people(ChangeKind.REMOVE_ADMINS, too_many)
        gone = {self._owner} if heir is not None and self._owner not in group.members else set()
        self._remove_members(owners - gone)

    @property
    def _leading(self) -> frozenset[Account]:
        """The admins; where the platform does not show them, those we appointed."""
        return self._binding.appointed if self._seen.admins is UNKNOWN else self._seen.admins

    def _ask_for_admins(self) -> None:
        """Of a group whose people nobody shows us, we know only whom we would have lead it."""
        wanted = tuple(one for one in self.group.admins if one not in self._leading and one != self._owner)
        if wanted and ChangeKind.ADD_ADMINS not in self._may:
            self._put(self.change(ChangeKind.ADD_ADMINS, accounts=wanted), can_be_seen=False)

    def _heir(self, inside: frozenset[Account]) -> Account | None:
        """Who shall own it instead, of those inside; ``None``: nobody else."""
        if not self._needs_heir:
            return None
        return next((one for one in self.group.admins if one in inside), None)

    def _has_heir(self, inside: frozenset[Account]) -> bool:
        return not self._needs_heir or self._heir(inside) is not None

    @property
    def _needs_heir(self) -> bool:
        """An owner who leads it is left, whichever of them it is.

        In a group that was adopted an owner who belongs there stays, though he is no admin of ours.
        """
        owner, group = self._owner, self.group
        if self._seen.owner is UNKNOWN or owner in group.admins:
            return False
        if owner is None:
            return group.owner is not None
        belongs = owner in group.members or owner in self._binding.guests
        return not belongs or (group.owner is not None and self._binding.origin is Origin.MADE)

    def _remove_members(self, staying: Iterable[Account]) -> None:
        seen, group = self._seen, self.group
        if seen.members is UNKNOWN or group.keeps_others:
            return
        going = seen.members - group.members - self._binding.guests - set(staying)
        self._put_people(ChangeKind.REMOVE_MEMBERS, tuple(sorted(going)))

    # ── Settings ──────────────────────────────────────────────────────────────────────────────────

    def _settings(self) -> None:
        seen, group = self._seen, self.group
        if group.speak is not None and self._differs(ChangeKind.SET_SPEAK, seen.speak, group.speak):
            before = "" if seen.speak is UNKNOWN else seen.speak.value
            change = self.change(ChangeKind.SET_SPEAK, before=before, speak=group.speak, total=self._total)
            self._put(change, can_be_seen=bool(before))
        if group.at_all is not None and self._differs(ChangeKind.SET_AT_ALL, seen.at_all, group.at_all):
            before = "" if seen.at_all is UNKNOWN else seen.at_all.value
            change = self.change(ChangeKind.SET_AT_ALL, before=before, at_all=group.at_all, total=self._total)
            self._put(change, can_be_seen=bool(before))

    def _differs(self, kind: ChangeKind, seen: object, wanted: object) -> bool:
        """Unknown is no reason to act; where only a person can, it is one to ask."""
        return kind not in self._may if seen is UNKNOWN else seen != wanted


def _todo(
    one: Steps,
    task: Task,
    *,
    owner: Account | None = None,
    accounts: tuple[Account, ...] = (),
    speak: Speak | None = None,
    at_all: AtAll | None = None,
    can_be_seen: bool = True,
) -> Todo:
    return Todo(
        task=task,
        platform=one.group.platform,
        key=one.group.key,
        chat=one.chat,
        generation=one.generation,
        name=one.group.name if task is Task.RENAME else one.name,
        owner=owner,
        accounts=accounts,
        speak=speak,
        at_all=at_all,
        can_be_seen=can_be_seen,
    )
