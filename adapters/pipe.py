"""The pipe between the bot and the child process that hosts a vendor's SDK (管道): frames, and the child's end of it.

A frame is four bytes of length, big end first, and a JSON object whose ``t`` says what it is.
Parent to child: ``hello`` (credentials and addresses), ``reply`` (to a ``frame``, by ``id``), ``bye`` (stop receiving).
Child to parent: ``open``, ``closed`` (it reconnects by itself), ``leaving`` (asks for relief, still answers),
``refused`` (``why``), ``alive``, ``frame`` (``id, body, kind, headers``), ``log`` (``level, logger, text``).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

LARGEST_FRAME_BYTES = 4 * 1024 * 1024
"""What we take from a platform in one message; the pipe itself allows the same again for JSON's escapes."""

GOODBYE_S = 1.0
"""After ``bye`` and the end of the pipe a child has so long to close its connection."""

_LARGEST_PIPE_BYTES = 2 * LARGEST_FRAME_BYTES
_LENGTH = struct.Struct(">I")


def pack(frame: Mapping[str, Any]) -> bytes:
    """Raises ``ValueError`` for a frame that the other end would not take."""
    body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    if len(body) > _LARGEST_PIPE_BYTES:
        raise ValueError(f"a frame of {len(body)} bytes is too large for the pipe")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next frame, ``None`` at the end; raises ``ValueError`` for what is no frame."""
    try:
        size = _size(await reader.readexactly(_LENGTH.size))
        return _object(await reader.readexactly(size))
    except asyncio.IncompleteReadError:
        return None


def _size(head: bytes) -> int:
    size = int(_LENGTH.unpack(head)[0])
    if size > _LARGEST_PIPE_BYTES:
        raise ValueError(f"a frame of {size} bytes is too large for the pipe")
    return size


def _object(body: bytes) -> dict[str, Any]:
    frame = json.loads(body)
    if not isinstance(frame, dict):
        raise ValueError("a frame is a JSON object")  # noqa: TRY004 - what came is wrong, not who calls
    return frame


# ── The child's end ───────────────────────────────────────────────────────────────────────────────


class ChildPipe:
    """The child's end. Made before the SDK is imported, so that nothing the SDK prints gets into the pipe.

    Reading happens in a thread of its own: when the parent is gone the process ends at once,
    even while the SDK blocks its loop.
    """

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self._in = sys.stdin.buffer
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_bye: Callable[[], None] = lambda: None
        self._is_leaving = False
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; the end of the pipe is ours

    def hello(self) -> dict[str, Any]:
        """The first frame: credentials and addresses. Blocks, so it comes before the loop."""
        frame = _read_blocking(self._in)
        if frame is None:
            os._exit(0)
        return frame

    def attach(self, loop: asyncio.AbstractEventLoop, on_bye: Callable[[], None]) -> None:
        """From now on replies arrive in this loop, and log records go to the parent.

        Args:
            on_bye: called in the loop when the parent wants no more frames; the process may end then.
        """
        self._loop = loop
        self._on_bye = on_bye
        root = logging.getLogger()
        root.handlers[:] = [_ToParent(self)]
        root.setLevel(logging.WARNING)
        threading.Thread(target=self._listen, name="pipe", daemon=True).start()

    def say(self, t: str, **fields: Any) -> None:
        """Tell the parent; from any thread. If the parent is gone there is nobody to live for."""
        data = pack({"t": t, **fields})
        try:
            with self._lock:
                _write_all(self._out, data)
        except OSError:
            os._exit(0)

    async def ask(self, *, body: str, kind: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Hand a payload over and wait for what shall be answered; many may wait at once."""
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self.say("frame", id=number, body=body, kind=kind, headers=dict(headers))
            return await answer
        finally:
            del self._asked[number]

    def _listen(self) -> None:
        loop = self._loop
        while loop is not None and (frame := _read_blocking(self._in)) is not None:
            if frame.get("t") == "reply":
                loop.call_soon_threadsafe(self._answered, frame)
            elif frame.get("t") == "bye":
                self._is_leaving = True
                loop.call_soon_threadsafe(self._on_bye)
        if self._is_leaving:
            threading.Event().wait(GOODBYE_S)  # the SDK may be closing its socket
        os._exit(0)

    def _answered(self, frame: dict[str, Any]) -> None:
        waiting = self._asked.get(frame["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(frame["reply"])


class _ToParent(logging.Handler):
    """The parent redacts and writes; the child never writes a log of its own."""

    def __init__(self, pipe: ChildPipe) -> None:
        super().__init__()
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._pipe.say("log", level=record.levelno, logger=record.name, text=self.format(record)[:4000])
        except Exception:  # noqa: BLE001 - the vendors' own log calls are sometimes broken
            self.handleError(record)


def quiet(*names: str) -> None:
    """Take away the handlers and the chatter of an SDK's loggers; what is left goes to the parent."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.WARNING)
        logger.propagate = True


def _read_blocking(stream: IO[bytes]) -> dict[str, Any] | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _size(head)
    body = stream.read(size)
    return _object(body) if len(body) == size else None


def _write_all(stream: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]
