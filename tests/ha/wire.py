"""An instance's way to the database (去数据库的路), over TCP, that can be cut and mended."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Cut(StrEnum):
    """How it breaks."""

    RESET = "reset"
    """Every connection is reset, and new ones are refused."""
    SILENT = "silent"
    """Nothing passes any more, in neither direction; nobody is told."""
    DEAF = "deaf"
    """What is said arrives and is carried out, the answers do not come back: commits of unknown result."""
    FORGOTTEN = "forgotten"
    """A router has forgotten the connections that stand: nothing passes on them ever again, new ones work."""


@dataclass(eq=False)
class Wire:
    """From a port of this machine to the server's socket."""

    server: Path
    port: int = 0
    _listening: asyncio.Server | None = None
    _served: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _work: set[asyncio.Task[None]] = field(default_factory=set)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _there: asyncio.Event = field(default_factory=asyncio.Event)
    _back: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> Wire:
        self._there.set()
        self._back.set()
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        await self._refuse()
        self._reset()
        for task in list(self._work):
            task.cancel()
        while self._served:
            self._idle.clear()
            await self._idle.wait()

    async def cut(self, how: Cut) -> None:
        if how is Cut.RESET:
            await self._refuse()
            self._reset()
            return
        self._back.clear()
        if how is not Cut.DEAF:
            self._there.clear()
        if how is Cut.FORGOTTEN:
            self._there, self._back = asyncio.Event(), asyncio.Event()
            await self.mend(keep=True)

    async def mend(self, *, keep: bool = False) -> None:
        """New connections pass. ``keep``: the old ones live, and what was held up arrives late; else they are reset."""
        if not keep:
            self._reset()
        self._there.set()
        self._back.set()
        if self._listening is None:
            await self.open()

    async def _refuse(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()

    def _reset(self) -> None:
        for writer in list(self._open):
            sock = writer.get_extra_info("socket")
            with suppress(OSError):
                if sock.family == socket.AF_INET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._served += 1
        try:
            there, back = await asyncio.open_unix_connection(str(self.server))
        except OSError:
            writer.close()
        else:
            await self._carry((reader, writer), (there, back))
        self._served -= 1
        self._idle.set()

    async def _carry(
        self,
        ours: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        theirs: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Until one end is gone; then the other goes too."""
        ends = {ours[1], theirs[1]}
        both = {
            asyncio.create_task(self._pass(ours[0], theirs[1], self._there)),
            asyncio.create_task(self._pass(theirs[0], ours[1], self._back)),
        }
        self._open |= ends
        self._work |= both
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        self._work -= both
        self._open -= ends
        for end in ends:
            end.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await gate.wait()
                writer.write(data)
                await writer.drain()
