"""差异 (diff): what stands between what is and what shall be, never by name and never beyond what is ours.

Within a group who is needed comes before who goes: members, admins, owner, and only then removals. What our bot may
not do becomes an item of the list (清单) for a person; what cannot be read changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from policies.workspace.changes import Change, ChangeKind, Pause, Todo, Waiting
from policies.workspace.model import (
    UNKNOWN,
    Binding,
    Desired,
    DesiredGroup,
    GroupKey,
    Kept,
    Mute,
    Observed,
)
from policies.workspace.steps import Making, Mending, Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Each in its total order."""

    changes: tuple[Change, ...] = ()
    todos: tuple[Todo, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def diff(desired: Desired, observed: Observed, kept: Kept) -> Difference:
    """Everything between the two, for the groups that are ours or shall be."""
    bindings = {one.key: one for one in kept.bindings}
    unread = {one.what for one in observed.unreadable}
    found: list[Steps] = []
    waiting: list[Waiting] = []
    for group in desired.groups:
        binding = bindings.get(group.key)
        pause = _pause(group, binding, observed, kept, unread)
        if pause is not None:
            waiting.append(_waiting(pause, group, binding))
        elif binding is None:
            found.append(Making(group))
        else:
            found.append(Mending(group, binding, observed.groups[binding.chat], kept.clicked))
    waiting += _left_over(desired, kept)
    mutes = _mutes(found, kept.mute)
    waiting += mutes.waiting
    changes = [change for one in found for change in one.changes]
    changes += [*mutes.changes, *_folders(desired, observed, {one.group.key: one for one in found})]
    todos = {todo for one in found for todo in one.todos if todo.id not in kept.clicked}
    return Difference(
        changes=tuple(changes),
        todos=tuple(sorted(todos, key=lambda one: (one.platform, one.name, one.key, one.task))),
        waiting=tuple(sorted(waiting, key=lambda one: (one.platform, one.name, one.key, one.pause))),
    )


def _pause(
    group: DesiredGroup, binding: Binding | None, observed: Observed, kept: Kept, unread: set[str]
) -> Pause | None:
    if binding is None:
        return Pause.UNCERTAIN if group.key in kept.uncertain else None
    if not binding.is_managed:
        return Pause.NOT_ADOPTED
    if binding.chat in observed.groups:
        return None
    return Pause.UNREAD if {binding.chat.id, "groups"} & unread else Pause.GONE


def _waiting(pause: Pause, group: DesiredGroup, binding: Binding | None) -> Waiting:
    chat = binding.chat if binding is not None else None
    return Waiting(pause=pause, key=group.key, platform=group.platform, name=group.name, chat=chat)


def _left_over(desired: Desired, kept: Kept) -> Iterator[Waiting]:
    """Groups of ours that nobody wishes for any more; with a mistake in the file nobody knows."""
    wished = {group.key for group in desired.groups}
    for one in kept.bindings:
        if one.is_managed and one.key not in wished and not desired.problems:
            platform = one.chat.platform
            if platform not in desired.unseen:
                yield Waiting(
                    pause=Pause.NOT_IN_CONFIG,
                    key=one.key,
                    platform=platform,
                    name=one.serves,
                    chat=one.chat,
                )


@dataclass(frozen=True, slots=True)
class _Mutes:
    changes: list[Change]
    waiting: list[Waiting]


def _mutes(groups: Iterable[Steps], mute: Mute) -> _Mutes:
    """DingTalk does not say whether a robot still gets through: one group first, the others after it."""
    wanted = [(one, one.mute) for one in groups if one.mute is not None]
    if mute is Mute.PROVEN:
        return _Mutes([change for _, change in wanted], [])
    first = next((one for one, _ in wanted if one.can_try), None) if mute is Mute.UNTRIED else None
    if first is None:
        pause = Pause.MUTE_UNTRIED if mute is Mute.UNTRIED else Pause.MUTE_STOPS_US
        waits = [
            Waiting(
                pause=pause,
                key=one.group.key,
                platform=one.group.platform,
                name=one.name,
                chat=one.chat,
            )
            for one, _ in wanted
        ]
        return _Mutes([], waits)
    trial = [replace(change, is_trial=True) for one, change in wanted if one is first]
    return _Mutes(
        trial + [replace(change, after_trial=True) for one, change in wanted if one is not first], []
    )


def _folders(desired: Desired, observed: Observed, groups: Mapping[GroupKey, Steps]) -> Iterator[Change]:
    """Of groups that are ours or are being made; where the folders could not be read, none."""
    for folder in desired.folders:
        one = groups.get(folder.group)
        if one is None:
            continue
        there = observed.folders.get(folder.group, UNKNOWN if one.chat is not None else frozenset())
        if there is not UNKNOWN and folder.path not in there:
            yield replace(one.change(ChangeKind.ENSURE_FOLDER), path=folder.path)
