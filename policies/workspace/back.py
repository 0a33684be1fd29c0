"""恢复原样 (back): what has to change so that the groups are as they were found, but for what hands have done; pure.

Nothing new can do anything here: the state to go back to is a wish like any other, and the plan between the two has
the same steps, guards and list of what only a person can click.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from policies.model import Account
from policies.workspace.changes import Change, ChangeKind
from policies.workspace.compare import Aspect, Difference, by_us, differences
from policies.workspace.model import (
    UNKNOWN,
    AtAll,
    Binding,
    Desired,
    DesiredGroup,
    GroupKey,
    Kept,
    Observed,
    ObservedGroup,
    Speak,
    kind_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The way back.

    Attributes:
        wanted, kept: for ``plan.build``: only the groups that we have changed.
        stays: by our own hand, and no call undoes it: groups and folders that were made, an owner.
        by_hand: what people have changed meanwhile; it is left as they have it.
    """

    wanted: Desired
    kept: Kept
    stays: tuple[Difference, ...] = ()
    by_hand: tuple[Difference, ...] = ()


def back(
    found: Observed,
    now: Observed,
    applied: Iterable[Change],
    kept: Kept,
    *,
    known: frozenset[Account],
    here: frozenset[Account],
) -> Back:
    """From this moment's look to the one that was kept.

    Args:
        applied: our changes since then, in their order.
        known: who was in the company then; whoever came later stays where they were put.
        here: who is in it now; whoever has left is put nowhere.
    """
    applied = tuple(applied)
    every = differences(found, now)
    chats = {one.key: one.chat for one in kept.bindings}
    ours = by_us(every, applied, chats)
    bindings = [
        one for one in kept.bindings if one.is_managed and one.chat in found.groups and one.chat in now.groups
    ]
    groups = {
        one.key: group
        for one in bindings
        if (group := _as_found(one, now.groups[one.chat], ours, applied, known, here)) is not None
    }
    mine = tuple(replace(one, guests=frozenset()) for one in bindings if one.key in groups)
    return Back(
        wanted=Desired(groups=tuple(groups.values())),
        kept=replace(kept, bindings=mine, uncertain=frozenset()),
        stays=tuple(one for one in ours if _stays(one)),
        by_hand=_rest(every, ours),
    )


_FOR_GOOD = frozenset({Aspect.THERE, Aspect.FOLDERS, Aspect.OWNER})


def _stays(one: Difference) -> bool:
    return one.aspect in _FOR_GOOD or (one.aspect is Aspect.SPEAK and Speak.LISTED.value in one.gone)


def _rest(every: Iterable[Difference], ours: Iterable[Difference]) -> tuple[Difference, ...]:
    mine = {(one.aspect, one.chat, one.key): one for one in ours}
    rest = []
    for one in every:
        we = mine.get((one.aspect, one.chat, one.key))
        left = replace(one, gone=one.gone - we.gone, come=one.come - we.come) if we is not None else one
        if left.gone or left.come:
            rest.append(left)
    return tuple(rest)


def _as_found(
    binding: Binding,
    seen: ObservedGroup,
    ours: Iterable[Difference],
    applied: Iterable[Change],
    known: frozenset[Account],
    here: frozenset[Account],
) -> DesiredGroup | None:
    """How the group shall be; ``None``: nothing of it is by us. Whose people nobody can see keeps them as they are."""
    changed = {one.aspect: one for one in ours if one.chat == binding.chat and not _stays(one)}
    appointed = _appointed(binding.key, applied) if seen.admins is UNKNOWN else {}
    if not (changed or appointed):
        return None
    there = frozenset() if seen.members is UNKNOWN else seen.members
    owner = frozenset({seen.owner} if isinstance(seen.owner, Account) else ())
    members = _people(there, changed.get(Aspect.MEMBERS), known, here) | owner
    leading = binding.appointed if seen.admins is UNKNOWN else seen.admins
    admins = _people(leading, changed.get(Aspect.ADMINS), known, here)
    admins = (admins | {one for one, is_there in appointed.items() if not is_there}) - {
        one for one, is_there in appointed.items() if is_there
    }
    name = next(iter(changed[Aspect.NAME].gone)) if Aspect.NAME in changed else seen.name
    return DesiredGroup(
        key=binding.key,
        kind=kind_of(binding.key),
        platform=binding.chat.platform,
        generation=seen.generation,
        name="" if name is UNKNOWN else name,
        serves=binding.serves,
        admins=tuple(sorted(admins if seen.members is UNKNOWN else admins & members)),
        members=members,
        speak=Speak(*changed[Aspect.SPEAK].gone) if Aspect.SPEAK in changed else None,
        at_all=AtAll(*changed[Aspect.AT_ALL].gone) if Aspect.AT_ALL in changed else None,
    )


def _people(
    there: frozenset[Account], change: Difference | None, known: frozenset[Account], here: frozenset[Account]
) -> frozenset[Account]:
    if change is None:
        return there
    come = frozenset(map(Account.parse, change.come)) & known
    gone = frozenset(map(Account.parse, change.gone)) & here
    return there - come | gone


def _appointed(key: GroupKey, applied: Iterable[Change]) -> Mapping[Account, bool]:
    """Where a platform shows no admins: whom our last change about it appointed (``True``) or removed."""
    found: dict[Account, bool] = {}
    for one in applied:
        if one.key == key and one.kind in (ChangeKind.ADD_ADMINS, ChangeKind.REMOVE_ADMINS):
            found |= dict.fromkeys(one.accounts, one.kind is ChangeKind.ADD_ADMINS)
    return found
