"""两扇门 (door): a command reaches the living bot by its socket; without one it takes the lock and does it itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot import control
from bot.cli import FAILED, GUARDED
from bot.config import load


class Stopped(Exception):
    """The command was not carried out; ``code`` is the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


Listener = Callable[[str], None]
"""Hears the lines of a command that takes its time."""


def call(
    config: Path | None, do: str, arguments: Mapping[str, Any], on_progress: Listener | None = None
) -> Any:
    """The command's answer, by whichever door.

    Raises:
        Stopped: refused, or no store to work on.
        ConfigProblems: the configuration has mistakes.
    """
    loaded = load.load(load.find(config))
    return asyncio.run(_call(loaded, do, arguments, on_progress or (lambda _: None)))


async def _call(loaded: load.Loaded, do: str, arguments: Mapping[str, Any], on_progress: Listener) -> Any:
    try:
        return await _ask(loaded.data_dir, do, arguments, on_progress)
    except control.NoBot:
        return await _alone(loaded, do, arguments, on_progress)


async def _ask(folder: Path, do: str, arguments: Mapping[str, Any], on_progress: Listener) -> Any:
    async for line in control.ask(folder, do, arguments):
        if "progress" in line:
            on_progress(str(line["progress"]))
        if "refused" in line:
            raise Stopped(str(line["refused"]), int(line.get("code", FAILED)))
        if "answer" in line:
            return line["answer"]
    raise Stopped("the bot ended without an answer", FAILED)


async def _alone(loaded: load.Loaded, do: str, arguments: Mapping[str, Any], on_progress: Listener) -> Any:
    """The same body over the store as the last bot left it: people and groups are the mirror's."""
    from bot import offline
    from bot.store.errors import StoreError, StoreLocked

    async def progress(line: str) -> None:
        on_progress(line)

    logging.getLogger().addHandler(
        logging.NullHandler()
    )  # what is wrong is in the answer, not in a line of a log

    try:
        if do in offline.OFFICE:
            async with offline.office(loaded) as desk:
                return await desk.run(do, arguments, progress)
        async with offline.commands(loaded) as bodies:
            return await bodies.run(do, arguments)
    except control.Refused as error:
        raise Stopped(str(error), error.code) from error
    except StoreLocked as error:
        raise Stopped(str(error), GUARDED) from error
    except StoreError as error:
        raise Stopped(str(error), FAILED) from error
