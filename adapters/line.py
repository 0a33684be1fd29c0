"""Hosts a vendor's SDK in a child process of its own (长连接): watched, replaced, answered.

Outside our loop stay: imports of seconds, blocking calls, reconnects that hang, clients that cannot be stopped.
Credentials go through the pipe, never through argv or the environment; at the end of the pipe the child ends.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.child import Child, Patience
from adapters.port import Accept, Clock, LineGap, LineHealth, LineState, Raw, Reply
from adapters.redact import Redactor
from policies.model import Platform

__all__ = ["Line", "Patience"]

log = logging.getLogger(__name__)

_RECENT_S = 600.0


class Line:
    """One platform's long connection; ``run`` holds it until cancelled.

    Args:
        module: the child program, run as ``python -m``.
        hello: what the child needs: credentials and addresses, as JSON.
        encode_reply: pure; what the child shall put into the frame's answer.
    """

    def __init__(
        self,
        *,
        platform: Platform,
        module: str,
        hello: Mapping[str, Any],
        encode_reply: Callable[[Raw, Reply], Mapping[str, Any]],
        clock: Clock,
        rng: random.Random,
        redactor: Redactor,
        patience: Patience | None = None,
    ) -> None:
        self._platform = platform
        self._module = module
        self._hello = hello
        self._encode_reply = encode_reply
        self._clock = clock
        self._rng = rng
        self._redactor = redactor
        self._patience = patience or Patience()
        self._current: Child | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._gap: tuple[datetime, float] | None = None
        self._last_gap: LineGap | None = None
        self._refusal = ""
        self._was_open = False
        self._hired = 0
        self._replaced_at_s: deque[float] = deque(maxlen=64)

    def health(self) -> LineHealth:
        child, now_s = self._current, self._clock.tick_s()
        if child is not None:
            self._note_gap(child)
        return LineHealth(
            state=self._state(),
            silent_s=0.0 if child is None else now_s - child.heard_s,
            gap_since=None if self._gap is None else self._gap[0],
            last_gap=self._last_gap,
            refusal=self._refusal,
            replacements=max(0, self._hired - 1),
            recent_replacements=sum(1 for at_s in self._replaced_at_s if now_s - at_s <= _RECENT_S),
        )

    def _state(self) -> LineState:
        if self._current is not None and self._current.is_open:
            return LineState.OPEN
        if self._refusal:
            return LineState.REFUSED
        return LineState.DEAD if self._was_open else LineState.CONNECTING

    async def run(self, accept: Accept) -> None:
        """Keep one child on the line until cancelled; a new one is open before the old one goes."""
        self._gap = self._gap or (self._clock.now(), self._clock.tick_s())
        failures = 0
        try:
            while True:
                fresh = await self._hire(accept)
                if fresh is None:
                    failures += 1
                    await self._rest(failures)
                    continue
                failures = 0
                self._take_over(fresh)
                await self._watch(fresh)
        finally:
            last, self._current = self._current, None
            goodbyes = [] if last is None else [last.dismiss()]
            await asyncio.gather(*goodbyes, *self._leaving, return_exceptions=True)

    async def _hire(self, accept: Accept) -> Child | None:
        """A child whose line stands, or ``None``."""
        child = Child(
            platform=self._platform,
            accept=accept,
            encode_reply=self._encode_reply,
            clock=self._clock,
            redactor=self._redactor,
            patience=self._patience,
        )
        if self._hired:
            self._replaced_at_s.append(self._clock.tick_s())
        self._hired += 1
        try:
            await child.start(self._module, self._hello)
            deadline_s = self._clock.tick_s() + self._patience.open_s
            while not (child.is_open or child.is_over or child.refusal) and self._clock.tick_s() < deadline_s:
                await child.news(self._patience.look_s)
        except BaseException:
            await child.dismiss()
            raise
        if child.is_open:
            return child
        self._refusal = child.refusal
        log.warning("line did not open", extra={"platform": self._platform.value, "why": child.trouble()})
        await child.dismiss()
        return None

    def _take_over(self, fresh: Child) -> None:
        log.info("line open", extra={"platform": self._platform.value, "hired": self._hired})
        old, self._current = self._current, fresh
        if self._was_open and self._gap is not None:
            self._last_gap = fresh.gap_from(*self._gap)
        self._gap, self._refusal, self._was_open = None, "", True
        if old is not None:
            task = asyncio.create_task(old.dismiss(), name="line-goodbye")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _watch(self, child: Child) -> None:
        """Returns when the child should be replaced."""
        while not (child.is_over or child.wants_relief or child.refusal):
            await child.news(self._patience.look_s)
            if self._clock.tick_s() - child.heard_s > self._patience.silent_s:
                child.is_open = False
                break
            self._note_gap(child)
        self._note_gap(child)
        self._refusal = child.refusal
        log.warning("line needs replacing", extra={"platform": self._platform.value, "why": child.trouble()})

    def _note_gap(self, child: Child) -> None:
        self._last_gap = child.last_gap or self._last_gap
        if child.is_open:
            self._gap = None
        elif self._gap is None:
            self._gap = child.shut or (child.heard_at, child.heard_s)

    async def _rest(self, failures: int) -> None:
        """Full jitter, so that a thousand clients do not come back in step; a refusal waits longer."""
        if self._refusal:
            await asyncio.sleep(self._patience.refused_s)
            return
        window_s = min(self._patience.longest_backoff_s, self._patience.backoff_s * 2 ** min(failures, 10))
        await asyncio.sleep(self._rng.uniform(0, window_s))
