"""谁会被问到 (audience): where each person can be asked; and how a rhythm would stand in the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.store.polls import Asked
from bot.world import World
from policies.model import Account, DepartmentId, Person
from policies.questionnaire.occasions import When

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def asked(
    world: World,
    people: Iterable[Person],
    cells: Mapping[str, frozenset[DepartmentId]],
    *,
    is_anonymous: bool,
) -> tuple[tuple[Asked, ...], int]:
    """Who can be asked and where, and how many cannot."""
    found, left_out = [], 0
    for person in people:
        account = _account(world, person, is_anonymous=is_anonymous)
        if account is None:
            left_out += 1
            continue
        mine = set(person.departments)
        cell = next((label for label, ids in cells.items() if ids & mine), "")
        found.append(Asked(person=person.id, account=account, cell=cell))
    return tuple(found), left_out


def asked_in(world: World, department: str, *, is_anonymous: bool) -> tuple[tuple[Asked, ...], int]:
    """Of everybody in the departments of this name and below them."""
    ids = [one.id for one in world.directory.departments_named(department)]
    return asked(world, world.directory.people_in(ids), {}, is_anonymous=is_anonymous)


def as_toml(department: str, when: When, readers: Iterable[Person], *, is_anonymous: bool) -> str:
    """Lines for config.toml, with the questions still to be written; readers by account, since names may be shared."""
    who = ", ".join(f'"{one.accounts[0]}"' for one in readers)
    day = WEEKDAYS[when.weekday]
    return "\n".join(
        (
            "[[questionnaire]]",
            f'id = "weekly-{day}"',
            'kind = "pulse"',
            f'when = "every {day} {when.at:%H:%M}"',
            'questions = ["…", "…", "…"]',
            f"anonymous = {'true' if is_anonymous else 'false'}",
            f'audience = ["{department}"]',
            f"readers = [{who}]",
        )
    )


def _account(world: World, person: Person, *, is_anonymous: bool) -> Account | None:
    """Where they are asked: where there is a form, else, by name only, wherever they are."""
    here = [one for one in person.accounts if one.platform in world.channels]
    with_form = [one for one in here if world.channels[one.platform].forms]
    if with_form or is_anonymous:
        return with_form[0] if with_form else None
    return here[0] if here else None
