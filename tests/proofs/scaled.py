"""One of several instances: a name of its own on the town's clock, and the protocol's seconds all made shorter alike.

What must be shorter than what stays so: a request's deadline, the rest of a lease that it needs, the lease, the
server's patience with a frozen transaction. ``INSTANCE`` names it, ``FASTER`` says by how much.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

LEASE_S = 30.0
"""The product's; the judge does not ask the judged."""


def shrink(environment: Mapping[str, str]) -> None:
    """Nothing at all without a name."""
    name = environment.get("INSTANCE")
    if not name:
        return
    from adapters import http
    from bot import clock, looking, sending, wiring
    from bot.store import insist, postgres

    by = float(environment["FASTER"])
    _divide(sending, by, "LEASE_S", "RENEW_EVERY_S", "ASK_AGAIN_S", "NEED_S", "DRAIN_WITHIN_S")
    _divide(postgres, by, "GIVE_UP_S", "CONNECT_S", "COMMAND_S", "FROZEN_S", "LISTEN_AGAIN_S", "ANSWER_S")
    _divide(looking, by, "AWAY_S")
    _divide(insist, by, "AGAIN_S")
    _hurry(http.ApiClient, by)

    class Followed(clock.FollowedClock):
        def __init__(self, url: str) -> None:
            super().__init__(url, name)

    wiring.FollowedClock = Followed  # type: ignore[misc]


def _divide(module: ModuleType, by: float, *names: str) -> None:
    for name in names:
        setattr(module, name, getattr(module, name) / by)


def _hurry(client: Any, by: float) -> None:
    """What is sent has less time; a walk through the directory may take as long as it does on this machine."""
    original = client.call

    @functools.wraps(original)
    async def call(self: Any, asked: Any) -> Any:
        hurried = asked if asked.may_repeat else replace(asked, deadline_s=asked.deadline_s / by)
        return await original(self, hurried)

    client.call = call
