"""``yizhan restore`` (恢复): a copy takes the store's place, and nothing leaves it before a human lets it go."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bot import control
from bot.cli import DONE, FAILED, GUARDED, WRONG_INPUT, texts
from bot.cli.options import ConfigFile
from bot.config import load


def restore(
    file: Annotated[Path | None, Parameter(help=texts.copies.RESTORE_FILE)] = None,
    *,
    config: ConfigFile = None,
) -> int:
    loaded = load.load(load.find(config))
    if (loaded.store_file is None) != (file is None):
        print(texts.copies.NEEDS_FILE if file is None else texts.copies.NO_FILE_HERE)
        return WRONG_INPUT
    return asyncio.run(_restore(loaded, None if file is None else file.absolute()))


async def _restore(loaded: load.Loaded, file: Path | None) -> int:
    from bot import offline
    from bot.store.copies import BadCopy
    from bot.store.errors import StoreError, StoreLocked, StoreTooNew

    try:
        if await _is_answered(loaded):
            print(texts.copies.BOT_LIVES)
            return GUARDED
        done = await offline.restore(loaded, file)
    except StoreLocked:
        print(texts.copies.BOT_LIVES)
        return GUARDED
    except BadCopy as error:
        print(texts.copies.BAD_COPY.format(why=error))
        return WRONG_INPUT
    except StoreTooNew as error:
        print(texts.copies.TOO_NEW.format(why=error))
        return WRONG_INPUT
    except (StoreError, OSError) as error:
        print(texts.running.STORE_SAYS_NO.format(why=error))
        return FAILED
    print(texts.copies.RESTORED + (texts.copies.KEPT.format(kept=done.kept) if done.kept else ""))
    print(texts.copies.QUARANTINED.format(rows=done.rows) if done.rows else texts.copies.NONE_WAITS)
    if done.events:
        print(texts.copies.EVENTS.format(events=done.events))
    return DONE


async def _is_answered(loaded: load.Loaded) -> bool:
    """Whether a bot lives on this data folder, whichever store it has."""
    try:
        async for _ in control.ask(loaded.data_dir, "status", {}):
            return True
    except control.NoBot:
        return False
    return True
