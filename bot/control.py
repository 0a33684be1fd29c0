"""控制口 (control): commands reach the living bot through a socket only its own user can open."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any], Callable[[str], Awaitable[None]]], Awaitable[Any]]
"""``await handler(arguments, progress)`` answers with plain values; ``progress`` sends a line meanwhile."""

LONGEST_LINE = 4 << 20
NAME = "yizhan.sock"


class Refused(Exception):
    """The command cannot be done; ``code`` is the exit code (1 failed, 2 wrong input, 3 a guard refused)."""

    def __init__(self, text: str, *, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class ControlServer:
    """One JSON request a connection: ``{"do", "with"}`` → ``{"progress"}``* → ``{"answer"} | {"refused", "code"}``."""

    def __init__(self, folder: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = folder / NAME
        self._handlers = handlers
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; a socket left by a dead bot is replaced.

        Raises:
            OSError: a living bot listens there. With PostgreSQL no file lock keeps two instances from sharing a
                data folder, and the second would take the first one's commands.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if await self._is_answered():
            raise OSError(
                errno.EADDRINUSE, "another bot lives on this data folder; give each its own", str(self._path)
            )
        with suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=LONGEST_LINE)
        self._path.chmod(0o600)

    async def _is_answered(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(str(self._path))
        except OSError:
            return False
        writer.close()
        return True

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        with suppress(FileNotFoundError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def line(value: Mapping[str, Any]) -> None:
            writer.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
            await writer.drain()

        async def progress(text: str) -> None:
            await line({"progress": text})

        try:
            request = json.loads(await reader.readline())
            handler = self._handlers.get(str(request.get("do")))
            if handler is None:
                await line({"refused": f"no command {request.get('do')!r}", "code": 2})
                return
            await line({"answer": await handler(request.get("with") or {}, progress)})
        except Refused as error:
            await line({"refused": str(error), "code": error.code})
        except (ValueError, ConnectionError):
            log.warning("control request not understood")
        except Exception as error:
            log.exception("command failed")
            with suppress(ConnectionError):
                await line({"refused": f"{type(error).__name__}: {error}", "code": 1})
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def ask(folder: Path, do: str, arguments: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Lines from the living bot, the answer last.

    Raises:
        NoBot: nothing listens there; the command may take the lock and do it itself.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(folder / NAME), limit=LONGEST_LINE)
    except (FileNotFoundError, ConnectionError) as error:
        raise NoBot from error
    try:
        writer.write(json.dumps({"do": do, "with": dict(arguments)}, ensure_ascii=False).encode() + b"\n")
        await writer.drain()
        while text := await reader.readline():
            yield json.loads(text)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


class NoBot(Exception):
    """No bot lives on this data folder."""
