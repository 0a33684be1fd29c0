"""A town with a bot that is killed and started again and again, forked from a warm server (``zygote``)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stories"))

from village import LONGEST_START_S, Actor, Village, _keep, at  # noqa: E402

from sandbox import app, config_file  # noqa: E402
from tests.proofs.zygote import Forked  # noqa: E402
from tests.stories.leaks import leaks  # noqa: E402

__all__ = ["Actor", "Rig", "Zygote", "at", "rig", "zygote"]


class Zygote:
    """The client's side of the fork server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def fork(
        self, log: Path, arguments: list[str], env: Mapping[str, str], code: Path | None = None
    ) -> Forked:
        """``code``: where it leaves its exit code."""
        request = {"as": "bot", "log": str(log), "arguments": arguments, "env": dict(env)}
        request |= {"code": str(code)} if code else {}
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asking.connect(str(self.path))
        asking.sendall(json.dumps(request).encode())
        pid = int(asking.recv(64))
        asking.close()
        return Forked(pid, code=code)


@asynccontextmanager
async def zygote(
    folder: Path,
    env: Mapping[str, str] | None = None,
    program: tuple[str, ...] = ("-m", "tests.proofs.zygote"),
) -> AsyncIterator[Zygote]:
    """A warm fork server with its socket in this folder; ends with the block."""
    path = folder / "zygote.sock"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        str(path),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        line = await process.stdout.readline()
        assert line == b"ready\n", line
        yield Zygote(path)
    finally:
        process.stdin.close()
        await process.wait()


@dataclass
class Rig(Village):
    """A village whose bots come from the fork server."""

    forks: Zygote | None = None
    process: Any = None
    starts: int = 0
    seen_errors: list[str] = field(default_factory=list)
    synced: Path | None = None
    """Where only what was synced lies; then a kill is a power cut."""
    env: dict[str, str] = field(default_factory=dict)
    """What every bot started from now on finds in its environment."""
    recoveries: dict[str, list[float]] = field(default_factory=lambda: {"forked": [], "cold": []})
    """Seconds from a start after a death until its lines were open."""

    @property
    def store(self) -> Path:
        return self.folder / "data" / "yizhan.db"

    async def start_bot(self, kill_at: str = "") -> None:
        """Raises ``Died`` when it ended before its lines were open."""
        if self.forks is None:
            await super().start_bot(kill_at)
            return
        log = self.folder / f"bot-{len(self.logs)}.log"
        self.logs.append(log)
        self.starts += 1
        self.process = await self.forks.fork(
            log, ["run", "--config", str(self.config)], {**self.env, "FUSE": kill_at}
        )
        async with asyncio.timeout(LONGEST_START_S):
            await self._until_the_lines_are_open()

    async def recover(self, *, cold: bool = False) -> None:
        """All troubles are over; it starts again, from the warm server or as an interpreter of its own, and comes to rest."""
        await self.kill_the_bot()
        self.faults()
        began_s = time.monotonic()
        if cold:
            await self._start_cold()
        else:
            await self.start_bot()
        self.recoveries["cold" if cold else "forked"].append(round(time.monotonic() - began_s, 2))
        await self.rest()

    async def _start_cold(self) -> None:
        log = self.folder / f"bot-{len(self.logs)}.log"
        self.logs.append(log)
        await self._start_to_die(log, "")
        async with asyncio.timeout(LONGEST_START_S):
            await self._until_the_lines_are_open()

    async def fork(self, *arguments: str, kill_at: str = "") -> tuple[int | None, str]:
        """A command of the command line from the warm server: how it ended, and what it printed; ``None``: it was killed."""
        assert self.forks is not None
        log = self.folder / f"command-{len(self.logs)}.log"
        self.logs.append(log)
        self.process = await self.forks.fork(
            log,
            [*arguments, "--config", str(self.config)],
            {**self.env, "FUSE": kill_at},
            log.with_suffix(".code"),
        )
        async with asyncio.timeout(LONGEST_START_S):
            code = await self.process.wait()
        await self.kill_the_bot()
        return None if code == -signal.SIGKILL else code, log.read_text(encoding="utf-8", errors="replace")

    async def kill_the_bot(self) -> None:
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()
        self.town.clock.followers.forget("yizhan")
        if self.process is not None and self.synced is not None:
            self._lose_what_was_not_synced(self.synced)
        self.process = None

    def _lose_what_was_not_synced(self, synced: Path) -> None:
        """Of the store's files only the synced copies are left; what was removed meanwhile stays removed."""
        there = {path.name for path in (self.folder / "data").glob("yizhan.db*") if path.suffix != ".lock"}
        for name in there:
            (self.folder / "data" / name).unlink()
        for copy in (synced / "data").glob("yizhan.db*"):
            if copy.name in there:
                shutil.copyfile(copy, self.folder / "data" / copy.name)
            else:
                copy.unlink()

    @property
    def is_dead(self) -> bool:
        return self.process is None or self.process.returncode is not None

    async def rest_or_death(self) -> None:
        """Until everybody is at rest, or the bot is dead and the town may go on without it."""
        await self.walk_or_death(self.town.clock.now().isoformat())

    async def walk_or_death(self, moment: str) -> None:
        """Walk to this moment; a bot that dies on the way is left behind."""
        from sandbox.clock import parse_moment

        walk = asyncio.ensure_future(self.town.clock.set(max(parse_moment(moment), self.town.clock.now())))
        death = asyncio.ensure_future(self.process.wait())
        await asyncio.wait({walk, death}, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if self.is_dead:
            self.town.clock.followers.forget("yizhan")
            walk.cancel()
        await asyncio.gather(walk, death, return_exceptions=True)


@asynccontextmanager
async def rig(
    folder: Path,
    forks: Zygote | None,
    *,
    platforms: tuple[str, ...],
    start: str,
    seed: int = 1,
    settings: Mapping[str, Any] | None = None,
    without: tuple[str, ...] = (),
    edit: str = "",
) -> AsyncIterator[Rig]:
    """A town at this moment and a bot for it that is not started yet; the town stays when the bot dies."""
    folder.mkdir(parents=True, exist_ok=True)
    town = app.build_town(start=at(start) if start else None, seed=seed)
    town.settings.update(settings or {})
    runner = await app.start(town)
    place = Rig(town=town, folder=folder, platforms=platforms, forks=forks)
    try:
        config_file.write(town, place.config)
        _keep(place.config, platforms, without)
        with place.config.open("a", encoding="utf-8") as out:
            out.write(edit)
        yield place
        assert leaks(town, folder) == []
    finally:
        await place.kill_the_bot()
        await runner.cleanup()
