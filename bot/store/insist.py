"""坚持 (insist): what only this process knows is said to the store until it is heard, however long it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

AGAIN_S = 1.0
"""Real seconds between attempts."""


async def insist(write: Callable[[], Awaitable[T]], is_over: Callable[[], bool] = lambda: False) -> T:
    """The value of the first write that is answered.

    A write whose commit was not answered may have been made, so it must be one that finds itself done when repeated:
    by a key of its own, or by the state it starts from.

    Args:
        is_over: nobody may wait any longer.

    Raises:
        StoreUnavailable: it is over, and the store has not come back.
    """
    while True:
        try:
            return await write()
        except StoreUnavailable:
            if is_over():
                raise
            log.warning("the store is away, said again soon")
        await asyncio.sleep(AGAIN_S)
