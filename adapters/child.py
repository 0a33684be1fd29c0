"""One child process that hosts a vendor's SDK (子进程): started, listened to, answered, dismissed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.pipe import pack, read_frame
from adapters.port import Accept, Clock, LineGap, Raw, Reply
from adapters.redact import Redactor
from policies.model import Platform

log = logging.getLogger(__name__)

_IN_FLIGHT = 256
"""Frames handed to ``accept`` and not yet answered; more wait in the pipe, so memory stays bounded."""

_KEPT_ENVIRONMENT = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    }
)  # fmt: skip
"""What the child inherits: configuration secrets may stand in our environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the line waits for what, in monotonic seconds.

    Attributes:
        silent_s: without a sign of life from the platform the child is replaced (a dead line: at most 90 s).
        open_s: from the start of a child until its line stands; the SDKs import for seconds.
        backoff_s, longest_backoff_s: window of the pause after a child that never opened; it doubles. Short: what
            takes long is ``open_s``, in which the child itself tries again and again.
        refused_s: the pause after the platform refused our credentials.
        leave_s: for a child to finish what is in flight, and again to end.
        look_s: how often the monotonic clock is read.
    """

    silent_s: float = 75.0
    open_s: float = 45.0
    backoff_s: float = 1.0
    longest_backoff_s: float = 3.0
    refused_s: float = 300.0
    leave_s: float = 3.0
    look_s: float = 1.0


class Child:
    """One child process: its pipe, what it told, and the frames it waits for."""

    def __init__(
        self,
        *,
        platform: Platform,
        accept: Accept,
        encode_reply: Callable[[Raw, Reply], Mapping[str, Any]],
        clock: Clock,
        redactor: Redactor,
        patience: Patience,
    ) -> None:
        self._platform = platform
        self._accept = accept
        self._encode_reply = encode_reply
        self._clock = clock
        self._redactor = redactor
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._answering: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_IN_FLIGHT)
        self._write_lock = asyncio.Lock()
        self._news = asyncio.Event()
        self._last_words: deque[bytes] = deque(maxlen=8)
        self._why = ""
        self.heard_s = clock.tick_s()
        self.heard_at = clock.now()
        self.is_open = False
        self.shut: tuple[datetime, float] | None = None
        self.last_gap: LineGap | None = None
        self.is_over = False
        self.wants_relief = False
        self.refusal = ""

    async def start(self, module: str, hello: Mapping[str, Any]) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        self._readers = [
            asyncio.create_task(self._read(self._process), name="line-frames"),
            asyncio.create_task(self._read_last_words(self._process), name="line-stderr"),
        ]
        await self._send({"t": "hello", **hello})

    async def news(self, longest_s: float) -> None:
        """Wait until the child told something that matters, but not longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._news.wait()
        self._news.clear()

    def trouble(self) -> str:
        if self.refusal:
            return self._redactor(f"refused: {self.refusal}")
        if self.wants_relief:
            return "asked for relief"
        words = b" | ".join(self._last_words).decode(errors="replace")[-400:]
        return self._redactor(f"{self._why or 'silent'} {words}") if self.is_over else "silent"

    async def dismiss(self) -> None:
        """Let it finish what is in flight, then close its pipe; kill it if it does not end by itself."""
        process = self._process
        if process is None:
            return
        try:
            if self._answering and self.is_open:
                await asyncio.wait(self._answering, timeout=self._patience.leave_s)
            async with asyncio.timeout(self._patience.leave_s):
                await self._send({"t": "bye"})  # a child that does not read may block even this
                if process.stdin is not None:
                    process.stdin.close()
                await process.wait()
        except TimeoutError:
            log.warning("line child killed", extra={"platform": self._platform.value})
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            tasks = [*self._answering, *self._readers]
            for task in self._answering:
                task.cancel()
            await asyncio.gather(*tasks, process.wait(), return_exceptions=True)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        try:
            while process.stdout is not None and (frame := await read_frame(process.stdout)) is not None:
                await self._heard(frame)
            self._why = self._why or "ended"
        except (ValueError, KeyError, TypeError) as error:
            self._why = f"spoke nonsense: {error!r}"
        finally:
            self.is_over, self.is_open = True, False
            self._news.set()

    async def _heard(self, frame: Mapping[str, Any]) -> None:
        match frame["t"]:
            case "frame":
                self._sign_of_life()
                await self._room.acquire()
                task = asyncio.create_task(self._answer(frame), name="line-answer")
                self._answering.add(task)
                task.add_done_callback(self._answered)
            case "alive":
                self._sign_of_life()
            case "open":
                self._sign_of_life()
                self._opened()
            case "closed":
                if self.is_open:
                    self.shut = self.heard_at, self.heard_s
                self.is_open, self._why = False, str(frame.get("why", ""))
                self._news.set()
            case "leaving":
                self.wants_relief = True
                self._news.set()
            case "refused":
                self.is_open, self.refusal = False, self._redactor(str(frame.get("why", ""))) or "refused"
                self._news.set()
            case "log":
                log.log(
                    int(frame["level"]),
                    "sdk said",
                    extra={"sdk": str(frame["logger"]), "words": self._redactor(str(frame["text"]))},
                )
            case _:
                log.warning("child said something new", extra={"what": self._redactor(str(frame["t"]))})

    def _opened(self) -> None:
        """Noted here, since whoever waits for news may see the next line only."""
        if self.shut is not None:
            self.last_gap, self.shut = self.gap_from(*self.shut), None
        self.is_open = True
        self._news.set()

    def gap_from(self, since: datetime, since_s: float) -> LineGap:
        """Until now."""
        return LineGap(since=since, until=self._clock.now(), lasted_s=self._clock.tick_s() - since_s)

    def _sign_of_life(self) -> None:
        self.heard_s, self.heard_at = self._clock.tick_s(), self._clock.now()

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        self._room.release()

    async def _answer(self, frame: Mapping[str, Any]) -> None:
        raw = Raw(platform=self._platform, body=frame["body"], kind=frame["kind"], headers=frame["headers"])
        reply = Reply(ok=False)
        try:
            reply = await self._accept(raw)
            answer = self._encode_reply(raw, reply)
        except Exception:
            log.exception("a payload was not answered as it should", extra={"kind": raw.kind})
            answer = self._encode_reply(raw, Reply(ok=reply.ok))
        await self._send({"t": "reply", "id": frame["id"], "reply": answer})

    async def _send(self, frame: Mapping[str, Any]) -> None:
        """A child that is gone gets nothing, and that is noticed where it is read."""
        stdin = None if self._process is None else self._process.stdin
        if stdin is None or stdin.is_closing():
            return
        with contextlib.suppress(ConnectionError):
            async with self._write_lock:
                stdin.write(pack(frame))
                await stdin.drain()

    async def _read_last_words(self, process: asyncio.subprocess.Process) -> None:
        """What an SDK prints is not for the log; the end of it explains a death."""
        while process.stderr is not None and (chunk := await process.stderr.read(4096)):
            self._last_words.append(chunk[-400:].strip())


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _KEPT_ENVIRONMENT}
    root = str(Path(__file__).resolve().parent.parent)
    kept["PYTHONPATH"] = os.pathsep.join(part for part in (root, kept.get("PYTHONPATH", "")) if part)
    kept["PYTHONUNBUFFERED"] = "1"
    kept["WEBSOCKETS_MAX_REDIRECTS"] = (
        "1"  # one try and no second: a redirect is not followed, wherever it leads
    )
    return kept
