"""Several bots beside one town, on one PostgreSQL: each a process with a folder of its own, all with one configuration."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from village import LONGEST_START_S, Village, _keep, at

from sandbox import app, config_file
from tests.stories.leaks import leaks

LEASE_S = 6.0
"""Real seconds instead of thirty."""
LAUNCHER = Path(__file__).parent / "launcher.py"


@dataclass
class Instance(Village):
    """One of them; the town is everybody's."""

    name: str = "one"

    async def start_bot(self, kill_at: str = "") -> None:
        log = self.folder / f"bot-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(LAUNCHER),
                "run",
                "--config",
                str(self.config),
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "INSTANCE": self.name, "LEASE_S": str(LEASE_S)},
                start_new_session=True,
            )
        async with asyncio.timeout(LONGEST_START_S):
            await self._until_the_lines_are_open()

    async def kill_the_bot(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        self.town.clock.followers.forget(self.name)

    def freeze(self) -> None:
        """SIGSTOP: it holds its sockets and its belief that it sends, and does nothing."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)
        self.town.clock.followers.forget(self.name)

    def thaw(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGCONT)

    def says(self, phrase: str) -> int:
        """How many lines of its log have this phrase."""
        return self.log().count(phrase)


@asynccontextmanager
async def instances(
    folder: Path, database: str, platform: str, *names: str, start: str
) -> AsyncIterator[list[Instance]]:
    """A town at this moment with so many bots, none of them started."""
    town = app.build_town(start=at(start))
    runner = await app.start(town)
    bots = []
    try:
        for name in names:
            own = folder / name
            bot = Instance(town=town, folder=own, platforms=(platform,), name=name)
            config_file.write(town, bot.config)
            _keep(bot.config, bot.platforms, ())
            document = tomlkit.parse(bot.config.read_text(encoding="utf-8"))
            document["store"]["url"] = database  # type: ignore[index]
            bot.config.write_text(tomlkit.dumps(document), encoding="utf-8")
            bots.append(bot)
        yield bots
        assert town.recorder.crashes == [], town.recorder.crashes
        assert leaks(town, folder) == []
    finally:
        for bot in bots:
            await bot.kill_the_bot()
        await runner.cleanup()
