"""Whether a configuration would change what an open questionnaire was sealed with (条款封好了)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import calendars, control
from bot.config.load import Loaded

if TYPE_CHECKING:
    from policies.questionnaire.model import Terms


def changed(loaded: Loaded, tables: calendars.Tables) -> tuple[tuple[Terms, tuple[str, ...]], ...]:
    """The terms of each and the keys that say something else now; asked of the living bot, else of its store."""
    if not loaded.config.questionnaire:
        return ()
    from bot.polls import planning

    calendar = calendars.calendars(loaded.config, tables).company
    return tuple(
        (terms, keys)
        for terms in asyncio.run(_open(loaded))
        if (keys := planning.changed(loaded.config, calendar, terms))
    )


async def _open(loaded: Loaded) -> tuple[Terms, ...]:
    from policies.questionnaire import model

    try:
        async for line in control.ask(loaded.data_dir, "poll.sealed", {}):
            if line.get("answer") is not None:
                return tuple(model.from_json(row) for row in line["answer"])
        return ()
    except control.NoBot:
        return _read(loaded)


def _read(loaded: Loaded) -> tuple[Terms, ...]:
    if loaded.store_file is None or not loaded.store_file.is_file():
        return ()
    from bot.store import polls
    from bot.store.errors import StoreError
    from bot.store.peek import peek
    from policies.questionnaire.life import State

    try:
        living = peek(loaded.store_file, polls.living)
    except StoreError:
        return ()
    return tuple(one.terms for one in living or () if one.state is State.OPEN)
