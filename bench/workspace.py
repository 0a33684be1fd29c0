"""How long a plan takes: ``python -m bench.workspace [--rounds N] [--people N] [--groups N]``.

A company of 10,000 people and 600 groups, half on each platform, of which a tenth has drifted: people came and went,
heads changed, names and settings were turned by hand. The reference in the same run is plain set arithmetic over the
same members (who is missing, who is too many, sorted), which is the least that any plan has to do.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from bot.store.mirror import Directory
from policies.model import Account, Chat, Department, DepartmentId, Person, PersonId, Platform
from policies.workspace import plan as plans
from policies.workspace.changes import Plan
from policies.workspace.desired import desired
from policies.workspace.diff import diff
from policies.workspace.model import (
    AtAll,
    Binding,
    Desired,
    DesiredGroup,
    Generation,
    GroupKind,
    Kept,
    Mute,
    Observed,
    ObservedGroup,
    Origin,
    Role,
    Speak,
)
from policies.workspace.wishes import EVERY, FolderPart, GroupWish, Wishes

TODAY = date(2026, 9, 8)
SEEN = datetime(2026, 9, 8, tzinfo=UTC)
DRIFTED = 0.1
WISHES = Wishes(
    platforms=tuple(Platform),
    groups=(
        GroupWish(
            kind=GroupKind.DEPARTMENT,
            at="workspace.department[1]",
            name=EVERY,
            speak=Speak.EVERYONE,
            at_all=AtAll.ADMINS,
            folders=(FolderPart.DEPARTMENT, FolderPart.DATE),
        ),
    ),
    generations={Platform.FEISHU: Generation.FEISHU, Platform.DINGTALK: Generation.SCENE},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What a plan is made of."""

    directory: Directory
    wanted: Desired
    observed: Observed
    kept: Kept


def company(people: int, groups: int, dice: Random) -> Directory:
    """On each platform half of the departments, one in five below another, with their heads and people."""
    persons, departments = [], []
    for platform in Platform:
        n = groups // len(Platform)
        root = DepartmentId(f"{platform}:root")
        departments.append(Department(id=root, platform=platform, name="company", path=("company",)))
        ids = [DepartmentId(f"{platform}:d{place:04}") for place in range(n)]
        for place in range(people // len(Platform)):
            home = ids[place % n]
            persons.append(
                Person(
                    id=PersonId(f"{platform}:p{place:05}"),
                    name=f"p{place:05}",
                    accounts=(Account(platform, f"p{place:05}"),),
                    departments=(home,) if dice.random() < 0.9 else (home, dice.choice(ids)),
                )
            )
        for place, one in enumerate(ids):
            above = ids[place // 5 * 5] if place % 5 == 4 else root
            departments.append(
                Department(
                    id=one,
                    platform=platform,
                    name=f"department {place:04}",
                    parent=above,
                    head=PersonId(f"{platform}:p{place:05}"),
                    path=("company", f"department {place:04}"),
                )
            )
    return Directory(
        people=tuple(persons), all_departments=tuple(departments), seen_at=dict.fromkeys(Platform, SEEN)
    )


def as_it_is(group: DesiredGroup, chat: Chat, dice: Random) -> ObservedGroup:
    """As it shall be, or a tenth of them with something that hands have turned."""
    seen = ObservedGroup(
        chat=chat,
        generation=group.generation,
        name=group.name,
        role=Role.OWNER if group.owner is None else Role.CREATOR,
        owner=group.owner,
        admins=frozenset(group.admins) - {group.owner},
        members=group.members,
        speak=Speak.EVERYONE,
        at_all=AtAll.ADMINS,
        owner_in_range=True,
        bot_inside=True,
    )
    if dice.random() >= DRIFTED:
        return seen
    some = frozenset(dice.sample(sorted(group.members), min(3, len(group.members) - 1))) - {group.owner}
    strangers = frozenset(Account(group.platform, f"x{n}") for n in range(3))
    return replace(
        seen,
        name=dice.choice([group.name, "old"]),
        members=group.members - some | strangers,
        admins=dice.choice([frozenset(strangers), frozenset()]),
        at_all=AtAll.EVERYONE,
    )


def town(people: int, groups: int) -> Town:
    dice = Random(20260908)
    directory = company(people, groups, dice)
    wanted = desired(WISHES, directory, TODAY)
    seen, bindings, folders = {}, [], {}
    for place, group in enumerate(wanted.groups):
        chat = Chat(group.platform, f"c{place:04}")
        seen[chat] = as_it_is(group, chat, dice)
        bindings.append(Binding(key=group.key, chat=chat, origin=Origin.MADE, generation=group.generation))
        folders[group.key] = frozenset({(group.name,), (group.name, "2026-08")})
    return Town(
        directory=directory,
        wanted=wanted,
        observed=Observed(groups=seen, folders=folders),
        kept=Kept(bindings=tuple(bindings), mute=Mute.PROVEN),
    )


def plain_sets(one: Town) -> list[tuple[Chat, list[Account], list[Account]]]:
    """The reference: who is missing and who is too many, of every group."""
    chats = {binding.key: binding.chat for binding in one.kept.bindings}
    found = []
    for group in one.wanted.groups:
        chat = chats[group.key]
        members = one.observed.groups[chat].members
        assert isinstance(members, frozenset)
        found.append((chat, sorted(group.members - members), sorted(members - group.members)))
    return found


def median_ms(run: Callable[[], Any], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def peak_mb(run: Callable[[], Any]) -> float:
    """What is allocated at most while it runs, on top of the town itself."""
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=600)
    asked = parser.parse_args()
    one = town(asked.people, asked.groups)

    def difference() -> Any:
        return diff(one.wanted, one.observed, one.kept)

    def whole() -> Plan:
        wanted = desired(WISHES, one.directory, TODAY)
        return plans.build(wanted, one.observed, one.kept, one.directory)

    plan = whole()
    members = sum(len(group.members) for group in one.wanted.groups)
    print(f"people {asked.people}, groups {len(one.wanted.groups)}, memberships {members}")
    print(f"changes {len(plan.changes)}, stops {len(plan.stops)}")
    reference = median_ms(lambda: plain_sets(one), asked.rounds)
    rows = (
        ("plain sets", lambda: plain_sets(one)),
        ("diff", difference),
        ("desired, diff, guards, id", whole),
    )
    for name, run in rows:
        took = median_ms(run, asked.rounds)
        print(f"{name:28} {took:8.1f} ms  {took / reference:6.1f} x  {peak_mb(run):6.1f} MB")


if __name__ == "__main__":
    main()
