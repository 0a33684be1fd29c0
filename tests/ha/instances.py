"""Several bots beside one town, on one PostgreSQL: each a process with a folder and a wire of its own, all with one
configuration."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import tomlkit
from village import LONGEST_START_S, Village, _keep, _warm, at
from wire import Cut, Wire

from sandbox import app, config_file
from tests.proofs.rig import Zygote
from tests.proofs.scaled import LEASE_S as PRODUCT_LEASE_S
from tests.stories.leaks import leaks

FASTER = 5.0
"""A fifth of the product's seconds."""
LEASE_S = PRODUCT_LEASE_S / FASTER
WARM = (
    "bot.store.postgres asyncpg sqlalchemy.ext.asyncio sqlalchemy.dialects.postgresql.asyncpg alembic.command"
)
"""What an instance imports beside the rest."""


def warm() -> Zygote:
    """The server of the stories; what it imports is read when it starts."""
    os.environ.setdefault("WARM", WARM)
    return Zygote(_warm()[0])


@dataclass
class Instance(Village):
    """One of them; the town is everybody's."""

    name: str = "one"
    wire: Wire = field(default_factory=lambda: Wire(Path()))
    faster: float = FASTER
    forks: Zygote = field(default_factory=lambda: Zygote(Path()))

    async def start_bot(self, kill_at: str = "") -> None:
        log = self.folder / f"bot-{len(self.logs)}.log"
        self.logs.append(log)
        named = {"INSTANCE": self.name, "FASTER": str(self.faster)}
        self.process = await self.forks.fork(log, ["run", "--config", str(self.config)], named)
        async with asyncio.timeout(LONGEST_START_S):
            await self._until_the_lines_are_open()

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def kill_the_bot(self) -> None:
        if self.process is not None and self.is_alive:
            with suppress(ProcessLookupError):
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

    async def cut_off(self, how: Cut) -> None:
        """It lives, hears and answers the platform, and does not reach the database."""
        await self.wire.cut(how)

    def says(self, phrase: str) -> int:
        """How many lines of its log have this phrase."""
        return self.log().count(phrase)


@asynccontextmanager
async def instances(
    folder: Path,
    database: str,
    platform: str,
    *names: str,
    start: str,
    seed: int = 1,
    faster: float = FASTER,
    forks: Zygote | None = None,
) -> AsyncIterator[list[Instance]]:
    """A town at this moment with so many bots, none of them started.

    Args:
        database: its address by the server's socket.
        forks: who has imported everything and forks them; by default the one of the stories.
    """
    town = app.build_town(start=at(start), seed=seed)
    runner = await app.start(town)
    bots = []
    parts = urlsplit(database)
    server = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
    try:
        for name in names:
            own = folder / name
            wire = await Wire(server).open()
            bot = Instance(
                town=town,
                folder=own,
                platforms=(platform,),
                name=name,
                wire=wire,
                faster=faster,
                forks=forks or warm(),
            )
            config_file.write(town, bot.config)
            _keep(bot.config, bot.platforms, ())
            document = tomlkit.parse(bot.config.read_text(encoding="utf-8"))
            document["store"]["url"] = f"postgresql://{parts.username}@127.0.0.1:{wire.port}{parts.path}"  # type: ignore[index]
            bot.config.write_text(tomlkit.dumps(document), encoding="utf-8")
            bots.append(bot)
        yield bots
        assert town.recorder.crashes == [], town.recorder.crashes
        assert leaks(town, folder) == []
    finally:
        for bot in bots:
            await bot.kill_the_bot()
            await bot.wire.close()
        await runner.cleanup()
