"""Imports everything once, then forks a bot (or the child that holds its line) whenever it is asked to.

``python -m tests.proofs.zygote SOCKET``. A request is one line of JSON; a line's three pipes come along as file descriptors.
The forked bot is the product as it is: ``bot.__main__.main`` with arguments, plus the fuse of ``tests.proofs.fuses``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LINES = ("adapters.feishu.line", "adapters.dingtalk.line")


def warm() -> None:
    """What a bot and its lines need for seconds to import."""
    for name in (
        "bot.__main__",
        "bot.app",
        "bot.cli.app",
        "bot.cli.run",
        "bot.store.engine",
        "aiohttp",
        "websockets",
        "alembic.command",  # a fresh store is migrated
        "chinese_calendar",
        "cryptography.hazmat.primitives.asymmetric.padding",
        "pypinyin",  # the first sentence
    ):
        importlib.import_module(name)
    for name in (*LINES, *os.environ.get("WARM", "").split()):
        importlib.import_module(name)
    sys.modules["adapters.feishu.line"]._load()
    importlib.import_module("websockets.asyncio.client")
    importlib.import_module("dingtalk_stream")
    gc.collect()
    gc.freeze()  # what is there stays there: no fork need look through it


def serve(path: Path) -> None:
    """Says that it is ready, then serves until the end of the pipe: the parent holds our standard input."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen(64)
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for the dead
    import select

    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        asking, _ = listening.accept()
        said, fds, _, _ = socket.recv_fds(asking, 1 << 16, 3)
        request = json.loads(said)
        pid = os.fork()
        if pid == 0:
            listening.close()
            asking.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _become(request, fds, path)
        for fd in fds:
            os.close(fd)
        with contextlib.suppress(OSError):
            asking.sendall(f"{pid}\n".encode())
        asking.close()


def _become(request: Mapping[str, Any], fds: list[int], zygote: Path) -> None:
    code = 1
    try:
        if request["as"] == "line":
            os.setpgid(0, request["group"])
            for fd, standard in zip(fds, (0, 1, 2), strict=True):
                os.dup2(fd, standard)
                os.close(fd)
            sys.stdin = os.fdopen(0, "r")
            importlib.import_module(request["module"]).main()
            code = 0
        else:
            code = _be_a_bot(request, zygote)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        if request.get("code"):
            Path(request["code"]).write_text(str(code), encoding="ascii")
        os._exit(code)


def _be_a_bot(request: Mapping[str, Any], zygote: Path) -> int:
    os.setpgid(0, 0)
    out = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.environ.update(request["env"])
    import random

    random.seed()
    signal.signal(signal.SIGUSR1, _say_what_is_waited_for)
    asyncio.create_subprocess_exec = _Lines(zygote, asyncio.create_subprocess_exec).start  # type: ignore[assignment]
    from tests.proofs import fuses

    fuses.arm(request["env"])
    sys.argv = ["yizhan", *request["arguments"]]
    from bot.__main__ import main

    main()
    return 0


def _say_what_is_waited_for(*_: object) -> None:
    """Into its log, for a proof that waits for it in vain."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


class _Lines:
    """Starts the lines of a forked bot: by a fork of the server instead of a fresh interpreter."""

    def __init__(self, zygote: Path, otherwise: Any) -> None:
        self._zygote = zygote
        self._otherwise = otherwise

    async def start(self, *command: str, **options: Any) -> Any:
        if command[-1] not in LINES:
            return await self._otherwise(*command, **options)
        module = command[-1]
        (their_in, our_in), (our_out, their_out), (our_err, their_err) = os.pipe(), os.pipe(), os.pipe()
        theirs = (their_in, their_out, their_err)
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asking.connect(str(self._zygote))
        request = {"as": "line", "module": module, "group": os.getpgid(0)}
        socket.send_fds(asking, [json.dumps(request).encode()], theirs)
        pid = int(asking.recv(64))
        asking.close()
        for fd in theirs:
            os.close(fd)
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(our_in, "wb", 0)
        )
        writer = asyncio.StreamWriter(transport, protocol, None, loop)
        return Forked(pid, writer, await _reader(our_out), await _reader(our_err))


async def _reader(fd: int) -> asyncio.StreamReader:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb", 0))
    return reader


class Forked:
    """As much of ``asyncio.subprocess.Process`` as is used of one that somebody else has forked."""

    def __init__(
        self,
        pid: int,
        stdin: asyncio.StreamWriter | None = None,
        stdout: asyncio.StreamReader | None = None,
        stderr: asyncio.StreamReader | None = None,
        code: Path | None = None,
    ) -> None:
        """``code``: where it leaves its exit code, unless it is killed."""
        self.pid = pid
        self._code = code
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._gone = asyncio.Event()
        try:
            self._fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._gone.set()
            return
        asyncio.get_running_loop().add_reader(self._fd, self._ended)

    @property
    def returncode(self) -> int | None:
        """Of one that leaves its code: that, or -9; else 0 once it is gone, however it ended."""
        if not self._gone.is_set():
            return None
        if self._code is None:
            return 0
        return int(self._code.read_text(encoding="ascii")) if self._code.exists() else -signal.SIGKILL

    async def wait(self) -> int:
        await self._gone.wait()
        return self.returncode or 0

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if not self._gone.is_set():
            signal.pidfd_send_signal(self._fd, number)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)
        self._gone.set()


if __name__ == "__main__":
    warm()
    serve(Path(sys.argv[1]))
