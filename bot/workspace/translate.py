"""对译 (translate): the adapters' words for groups into the policies' and back; pure."""

from __future__ import annotations

from adapters import provision
from adapters.provision import BotRole, GroupAbilities, GroupChange, Handle, NewGroup, SeenGroup, Speakers
from policies.model import Account, Platform
from policies.workspace.changes import Change, ChangeKind
from policies.workspace.model import (
    UNKNOWN,
    AtAll,
    Binding,
    Generation,
    ObservedGroup,
    Role,
    Speak,
    Unknown,
)

_GENERATIONS = {
    provision.Generation.PLAIN: Generation.FEISHU,
    provision.Generation.SCENE: Generation.SCENE,
    provision.Generation.ORDINARY: Generation.ORDINARY,
}
_BACK = {mine: theirs for theirs, mine in _GENERATIONS.items()}
_SPEAK = {Speakers.ALL: Speak.EVERYONE, Speakers.ADMINS: Speak.ADMINS, Speakers.SOME: Speak.LISTED}
_SPEAKERS = {mine: theirs for theirs, mine in _SPEAK.items()}
_ROLES = {
    BotRole.OWNER: Role.OWNER,
    BotRole.ADMIN: Role.ADMIN,
    BotRole.MEMBER: Role.MEMBER,
    BotRole.OUTSIDE: Role.OUTSIDE,
    BotRole.APP: Role.CREATOR,
}


def generation(able: GroupAbilities) -> Generation:
    """What a new group will be on that platform."""
    return _GENERATIONS[able.creates]


def handle_of(binding: Binding) -> Handle:
    return Handle(chat=binding.chat, generation=_BACK[binding.generation], other_id=binding.handle)


def handle_of_change(change: Change) -> Handle:
    """Raises ``ValueError`` for a group that is not there yet."""
    if change.chat is None:
        raise ValueError("the group is not there yet")
    return Handle(chat=change.chat, generation=_BACK[change.generation], other_id=change.handle)


def generation_of(handle: Handle) -> Generation:
    return _GENERATIONS[handle.generation]


def observed(seen: SeenGroup, owner_in_range: bool | Unknown) -> ObservedGroup:
    """What was not told is ``UNKNOWN``."""
    is_hidden = seen.role is BotRole.OUTSIDE
    is_dingtalk = seen.handle.chat.platform is Platform.DINGTALK
    return ObservedGroup(
        chat=seen.handle.chat,
        generation=generation_of(seen.handle),
        name=seen.name or UNKNOWN,
        role=_ROLES[seen.role],
        handle=seen.handle.other_id,
        owner=UNKNOWN if is_hidden or (is_dingtalk and seen.owner is None) else seen.owner,
        admins=UNKNOWN if seen.admins is None else frozenset(seen.admins) - {seen.owner},
        members=UNKNOWN if seen.members is None else frozenset(seen.members),
        speak=UNKNOWN if seen.speakers is None else _SPEAK[seen.speakers],
        at_all=_at_all(seen.is_at_all_limited),
        members_may_add=UNKNOWN if seen.members_may_add is None else seen.members_may_add,
        members_may_edit=UNKNOWN if seen.members_may_edit is None else seen.members_may_edit,
        owner_in_range=owner_in_range,
        bot_inside=UNKNOWN if is_dingtalk else not is_hidden,
    )


def _at_all(is_limited: bool | None) -> AtAll | Unknown:
    if is_limited is None:
        return UNKNOWN
    return AtAll.ADMINS if is_limited else AtAll.EVERYONE


def new_group(change: Change, note: str) -> NewGroup:
    return NewGroup(
        name=change.name,
        owner=change.owner,
        members=change.accounts,
        admins=change.admins,
        note=note,
    )


def group_change(change: Change) -> GroupChange:
    """Raises ``ValueError`` for what is no change of a group that is there."""
    people: tuple[Account, ...] = change.accounts
    match change.kind:
        case ChangeKind.RENAME:
            return GroupChange(name=change.name)
        case ChangeKind.ADD_MEMBERS:
            return GroupChange(add=people)
        case ChangeKind.REMOVE_MEMBERS:
            return GroupChange(remove=people)
        case ChangeKind.ADD_ADMINS:
            return GroupChange(promote=people)
        case ChangeKind.REMOVE_ADMINS:
            return GroupChange(demote=people)
        case ChangeKind.SET_OWNER:
            return GroupChange(owner=change.owner)
        case ChangeKind.SET_SPEAK if change.speak is not None:
            return GroupChange(speakers=_SPEAKERS[change.speak])
        case ChangeKind.SET_AT_ALL if change.at_all is not None:
            return GroupChange(is_at_all_limited=change.at_all is AtAll.ADMINS)
        case _:
            raise ValueError(f"{change.kind} is no change of a group")
