"""The town with a living bot beside it, for stories: people speak and press, the clock is walked, processes die."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import control
from bot.store import migrate
from sandbox import app, config_file
from sandbox.model import Chat, Message, Person
from sandbox.platform import Platform
from sandbox.town import Town
from tests.proofs.zygote import Forked
from tests.stories import leaks

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_START_S = 60.0
OF_READERS = frozenset({"收到", "为什么我会收到"})
"""Buttons that stand on a notice itself."""
STARTS_MORE = frozenset({"rehearse", "run"})
"""Commands that start processes of their own, and so want an interpreter of their own."""
LAUNCHER = Path(__file__).parent.parent / "crash" / "launcher.py"


def at(written: str) -> datetime:
    """``2026-09-08 21:40`` in Shanghai."""
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


@functools.cache
def _warm() -> tuple[Path, subprocess.Popen[bytes]]:
    """The socket of a server that has imported everything once and forks a bot when asked (``tests/proofs/zygote``)."""
    path = Path(tempfile.mkdtemp(prefix="yizhan-warm-")) / "zygote.sock"
    root = Path(__file__).parents[2]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.proofs.zygote", str(path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert server.stdin is not None and server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    server.stdout.close()
    atexit.register(_end, server)
    return path, server


@functools.cache
def _empty_store() -> Path:
    """Migrated once for all stories; that a bot migrates its own is told elsewhere."""
    path = Path(tempfile.mkdtemp(prefix="yizhan-store-")) / "yizhan.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    migrate.upgrade_sqlite(path)
    path.chmod(0o600)
    return path


def _end(server: subprocess.Popen[bytes]) -> None:
    """It ends with its standard input."""
    if server.stdin is not None:
        server.stdin.close()
    server.wait()


def _fork(log: Path, *arguments: str) -> Forked:
    """The product as it is, without the seconds that its imports take."""
    code = log.with_suffix(".code")
    request = {
        "as": "bot",
        "log": str(log),
        "code": str(code),
        "arguments": arguments,
        "env": dict(os.environ),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(str(_warm()[0]))
        asking.sendall(json.dumps(request).encode())
        return Forked(int(asking.recv(64)), code=code)


@dataclass
class Actor:
    """Somebody in the town who can speak to the bot and press its cards."""

    village: Village
    platform: Platform
    person: Person

    async def tells_the_bot(self, text: str, *, mentions: tuple[str, ...] = ()) -> Actor:
        """Say it in the direct chat, and wait until everybody is at rest."""
        await self.platform.say(self.person, "bot", text, list(mentions))
        await self.village.rest()
        return self

    async def presses(self, label: str, message: Message | None = None) -> str:
        """Press the button with this label on the latest card that has it; the toast."""
        card = message or self.card_with(label)
        action = next(action for action, shown in self.platform.buttons(card) if shown == label)
        answer = await self.platform.press(self.person, card, action)
        await self.village.rest()
        return _words(answer)

    async def chooses(self, label: str) -> str:
        """By the button, or where there are none by saying its number; what is answered."""
        if self.labels():
            return await self.presses(label)
        found = re.search(rf"回复 (\d+) {re.escape(label)}", self.last())
        assert found, self.last()
        await self.tells_the_bot(found[1])
        return self.last()

    def card_with(self, label: str) -> Message:
        for message in reversed(self.heard()):
            if any(shown == label for _, shown in self.platform.buttons(message)):
                return message
        shown = [self.platform.buttons(message) for message in self.heard()]
        raise AssertionError(f"no card offers {label!r}; offered: {shown}")

    def heard(self) -> list[Message]:
        """What the bot has said to this person, oldest first."""
        everything = self.village.town.direct.get((self.platform.name, self.person.id), [])
        return [message for message in everything if message.sender == "bot"]

    def labels(self) -> list[str]:
        """The buttons of the latest card."""
        return [label for _, label in self.platform.buttons(self.heard()[-1])]

    def last(self) -> str:
        """The latest words of the bot, card or text."""
        return self.heard()[-1].text


def _words(answer: Mapping[str, Any]) -> str:
    """What the presser sees: Feishu's toast, DingTalk's hint in the card."""
    toast = answer.get("toast")
    if toast:
        return str(toast["content"] if isinstance(toast, dict) else toast)
    return str((answer.get("card") or {}).get("hint", ""))


@dataclass
class Village:
    """A town in this process, the bot as a process of its own."""

    town: Town
    folder: Path
    platforms: tuple[str, ...]
    process: asyncio.subprocess.Process | Forked | None = None
    logs: list[Path] = field(default_factory=list)
    commands: int = 0

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    # ── People and places ─────────────────────────────────────────────────────────────────────────

    def person(self, platform: str, name: str, department: str = "") -> Actor:
        found = self.town.person_named(platform, name, department)
        return Actor(self, self.town.platforms[platform], found)

    def chat(self, platform: str, name: str) -> Chat:
        return self.town.chat_named(platform, name)

    def posts(self, platform: str, name: str) -> list[Message]:
        """What the bot has posted into a group."""
        chat = self.chat(platform, name)
        return [
            message
            for message in self.town.log[platform]
            if message.chat == chat.id and message.sender == "bot"
        ]

    def copies(self, platform: str, words: str) -> dict[str, int]:
        """How many messages with these words each person got from the bot directly."""
        counted: dict[str, int] = {}
        for message in self.town.log[platform]:
            told = message.person
            if message.sender == "bot" and told and words in message.text and not self._is_own_card(message):
                counted[told] = counted.get(told, 0) + 1
        return counted

    def _is_own_card(self, message: Message) -> bool:
        """A preview or a progress card quotes the words; it is no copy of the notice."""
        labels = {label for _, label in self.town.platforms[message.platform].buttons(message)}
        return "内容：“" in message.text or bool(labels - OF_READERS)

    # ── Time ──────────────────────────────────────────────────────────────────────────────────────

    async def rest(self) -> None:
        """Until nobody has anything to do at this moment; in real time nobody can say when that is."""
        if self.town.clock.standing:
            await self.town.clock.set(self.town.clock.now())

    async def travel(self, written: str) -> None:
        """Walk the clock to this moment, through everything that comes due."""
        await self.town.clock.set(at(written))

    async def pass_time(self, **span: float) -> None:
        await self.town.clock.advance(timedelta(**span))

    # ── The bot ───────────────────────────────────────────────────────────────────────────────────

    async def start_bot(self, kill_at: str = "") -> None:
        """Start it and wait until its lines are open.

        Args:
            kill_at: a stage of ``tests/crash/launcher.py`` at which it will die; then it is an interpreter of its own.
        """
        log = self.folder / f"bot-{len(self.logs)}.log"
        self.logs.append(log)
        if kill_at:
            await self._start_to_die(log, kill_at)
        else:
            self.process = _fork(log, "run", "--config", str(self.config))
        async with asyncio.timeout(LONGEST_START_S):
            await self._until_the_lines_are_open()
        await self.rest()

    async def _start_to_die(self, log: Path, kill_at: str) -> None:
        with log.open("wb") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(LAUNCHER),
                "run",
                "--config",
                str(self.config),
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "KILL_AT": kill_at},
                start_new_session=True,
            )

    async def _until_the_lines_are_open(self) -> None:
        while True:
            if self.process is not None and self.process.returncode is not None:
                raise AssertionError(f"the bot ended with {self.process.returncode}:\n{self.log()}")
            status = await self.status()
            if status.get("up") and set(status["lines"].values()) == {"open"}:
                return
            await asyncio.sleep(0.05)

    async def status(self) -> dict[str, Any]:
        """The living bot's own figures, ``{}`` while it does not answer."""
        try:
            async for line in control.ask(self.folder / "data", "status", {}):
                return dict(line.get("answer") or {})
        except control.NoBot:
            pass
        return {}

    async def kill_the_bot(self) -> None:
        """SIGKILL to it and to the children that hold its lines."""
        if self.process is None or self.process.returncode is not None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        self.town.clock.followers.forget("yizhan")

    async def until_the_bot_is_dead(self) -> None:
        """It was started to die at some stage: wait for that, and let the clock go on without it."""
        if self.process is None:
            return
        async with asyncio.timeout(30):
            await self.process.wait()
        self.town.clock.followers.forget("yizhan")

    async def stop_the_bot(self) -> int:
        """SIGTERM; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()

    async def run(self, *arguments: str) -> tuple[int, str]:
        """A command of the command line: exit code and what it printed."""
        if arguments[0] not in STARTS_MORE:
            self.commands += 1
            log = self.folder / f"command-{self.commands}.log"
            code = await _fork(log, *arguments, "--config", str(self.config)).wait()
            self.town.clock.bump()  # the bot may have work from it that it has not reported yet
            return code, log.read_text(encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            "--config",
            str(self.config),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        self.town.clock.bump()
        said = out.decode()
        assert not leaks.told(self.town, said), f"{arguments} tells a secret"
        return process.returncode or 0, said

    def log(self) -> str:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in self.logs)

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """What goes wrong from now on; none: nothing."""
        self.town.faults.replace([dict(rule) for rule in rules])


@asynccontextmanager
async def village(
    folder: Path,
    *,
    start: str = "2026-09-08 10:00",
    platforms: tuple[str, ...] = ("feishu", "dingtalk"),
    settings: Mapping[str, Any] | None = None,
    edit: str = "",
    without: tuple[str, ...] = (),
    start_bot: bool = True,
) -> AsyncIterator[Village]:
    """A town at this moment (``""``: in real time) with a bot that serves these platforms.

    Args:
        start: ``""`` lets the town live in real time, and the bot by the machine's own clock.
        edit: lines of TOML appended to the configuration.
        without: keys taken out of it, e.g. ``dingtalk.card_template``.
    """
    town = app.build_town(start=at(start) if start else None)
    town.settings.update(settings or {})
    runner = await app.start(town)
    place = Village(town=town, folder=folder, platforms=platforms)
    try:
        config_file.write(town, place.config)
        _keep(place.config, platforms, without)
        with place.config.open("a", encoding="utf-8") as out:
            out.write(edit)
        if start_bot:
            (folder / "data").mkdir(mode=0o700)
            shutil.copy(_empty_store(), folder / "data" / "yizhan.db")
            await place.start_bot()
        yield place
        assert town.recorder.crashes == [], town.recorder.crashes
        assert leaks.leaks(town, folder) == []
    finally:
        await place.kill_the_bot()
        await runner.cleanup()


def _keep(config: Path, platforms: tuple[str, ...], without: tuple[str, ...]) -> None:
    """Take the tables of the other platform out, and single keys."""
    import tomlkit

    document = tomlkit.parse(config.read_text(encoding="utf-8"))
    admin = f"dingtalk:{document['person'][0]['dingtalk']}"  # type: ignore[index]
    for name in ("feishu", "dingtalk"):
        if name not in platforms:
            document.pop(name)
            document.pop("person", None)
    if "feishu" not in platforms:
        document["company"]["admins"] = [admin]  # type: ignore[index]
        for grant in document["announce"]["grant"]:  # type: ignore[index, union-attr]
            if grant["audience"] == "company":
                grant["who"] = [admin]
        del document["work_hours"]
    for key in without:
        table, _, name = key.rpartition(".")
        document[table].pop(name)  # type: ignore[union-attr]
    config.write_text(tomlkit.dumps(document), encoding="utf-8")
