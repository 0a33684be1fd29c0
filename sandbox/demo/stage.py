"""The stage (舞台): the town in this process, the bot as a process of its own beside it, and who acts in it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

import sandbox
from sandbox import app, config_file
from sandbox.clock import ClockError, parse_moment
from sandbox.model import BOT, Chat, Message, Person
from sandbox.platform import Platform
from sandbox.town import Town

LONGEST_START_S = 90.0
LONGEST_STOP_S = 20.0
FOLLOWER = "yizhan"
LOG_TAIL = 40


class Mismatch(Exception):
    """The demo saw something else than what it promised."""

    def __init__(self, what: str, expected: object, seen: object) -> None:
        super().__init__(f"{what}：应当是 {expected!r}，看到的是 {seen!r}")


def expect(what: str, expected: object, seen: object) -> None:
    """Raises ``Mismatch`` unless both are equal."""
    if seen != expected:
        raise Mismatch(what, expected, seen)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in the town who speaks to the bot and presses its cards."""

    stage: Stage
    platform: Platform
    person: Person

    async def say(self, text: str) -> Message:
        """Say it to the bot; its latest answer, when everybody is at rest."""
        before = len(self.heard())
        await self.platform.say(self.person, BOT, text)
        await self.stage.rest()
        if len(self.heard()) == before:
            raise Mismatch(f"驿站对 {self.person.name} 的回答", "一张卡片", "没有回答")
        return self.heard()[-1]

    async def press(self, label: str) -> str:
        """Press the button on the latest card that has it; the toast."""
        card = self.card_with(label)
        action = next(action for action, shown in self.platform.buttons(card) if shown == label)
        answer = await self.platform.press(self.person, card, action)
        await self.stage.rest()
        return _toast(answer)

    def card_with(self, label: str) -> Message:
        """Raises ``Mismatch`` if no card of theirs has this button."""
        for message in reversed(self.heard()):
            if label in self.labels(message):
                return message
        raise Mismatch(f"{self.person.name} 手里的按钮", label, self.labels(self.heard()[-1]))

    def heard(self) -> list[Message]:
        """What the bot has said to this person, oldest first."""
        said = self.stage.town.direct.get((self.platform.name, self.person.id), [])
        return [message for message in said if message.sender == BOT]

    def labels(self, message: Message) -> list[str]:
        return [label for _, label in self.platform.buttons(message)]


def _toast(answer: Mapping[str, Any]) -> str:
    """What the presser sees: Feishu's toast, DingTalk's hint in the card."""
    toast = answer.get("toast")
    if toast:
        return str(toast["content"] if isinstance(toast, dict) else toast)
    return str((answer.get("card") or {}).get("hint", ""))


class Stage:
    """Opened, played on, closed; ``close`` leaves no process behind."""

    def __init__(self, folder: Path, start: str) -> None:
        self.folder = folder
        self.town: Town = app.build_town(start=parse_moment(start))
        self._runner: web.AppRunner | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._starts = 0

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    async def open(self, port: int, extra: str) -> None:
        """Listen, and write the configuration with the ``extra`` lines of TOML behind it.

        Raises:
            OSError: the port is taken.
        """
        self._runner = await app.start(self.town, port=port)
        config_file.write(self.town, self.config)
        with self.config.open("a", encoding="utf-8") as out:
            out.write(extra)

    async def close(self) -> int:
        """Stop the bot in order, then by force; its exit code."""
        code = await self._stop_bot()
        if self._runner is not None:
            await self._runner.cleanup()
        return code

    # -- people, places, time

    def person(self, platform: str, name: str, department: str = "") -> Actor:
        found = self.town.person_named(platform, name, department)
        return Actor(self, self.town.platforms[platform], found)

    def chat(self, platform: str, name: str) -> Chat:
        return self.town.chat_named(platform, name)

    def from_bot(self, platform: str, chat: str) -> list[Message]:
        """What the bot has posted into a group."""
        return [message for message in self.chat(platform, chat).messages if message.sender == BOT]

    def messages(self) -> list[Message]:
        return [message for name in self.town.platforms for message in self.town.messages_in(name)]

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.town.recorder.lines()]

    def now(self) -> datetime:
        return self.town.clock.now()

    async def rest(self) -> None:
        """Until nobody has anything to do at this moment."""
        await self.town.clock.set(self.now())

    async def walk(self, moment: str) -> None:
        """Turn the clock to this moment, through everything that comes due."""
        await self.town.clock.set(parse_moment(moment))

    async def wait(self, **span: float) -> None:
        await self.town.clock.advance(timedelta(**span))

    def fault(self, kind: str, platform: str, path: str, body: str) -> None:
        """What happens to the next call like this."""
        match = {"platform": platform, "method": "POST", "path": path, "body": body}
        self.town.faults.replace([{"match": match, "kind": kind}])

    # -- the bot

    async def run(self, *arguments: str) -> tuple[int, str]:
        """A command of the command line: exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, "--config", str(self.config),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env=_environment(),
        )  # fmt: skip
        try:
            out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return process.returncode or 0, out.decode()

    async def start_bot(self) -> float:
        """Start it and wait until its lines are open; real seconds."""
        begun = time.monotonic()
        self._starts += 1
        with (self.folder / f"bot-{self._starts}.log").open("wb") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(self.config),
                stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=asyncio.subprocess.STDOUT,
                env=_environment(), start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(LONGEST_START_S):
                await self._until_open(self._process)
        except TimeoutError:
            raise Mismatch("驿站的启动", f"{LONGEST_START_S:.0f} 秒之内", "还没有就绪") from None
        await self.rest()
        return time.monotonic() - begun

    async def _until_open(self, process: asyncio.subprocess.Process) -> None:
        while True:
            if process.returncode is not None:
                raise Mismatch("驿站的启动", "一直在", f"退出码 {process.returncode}")
            status = await self._status()
            if status.get("up") and set(status["lines"].values()) == {"open"}:
                return
            await asyncio.sleep(0.05)

    async def _status(self) -> dict[str, Any]:
        """The bot's own word, by its control socket; ``{}`` while it does not answer."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.folder / "data" / "yizhan.sock"))
        except (FileNotFoundError, ConnectionError):
            return {}
        try:
            writer.write(b'{"do": "status", "with": {}}\n')
            await writer.drain()
            line = await reader.readline()
            return dict(json.loads(line)["answer"]) if line else {}
        except (ConnectionError, KeyError, ValueError):
            return {}
        finally:
            writer.close()

    def shoot_bot(self) -> None:
        """SIGKILL to it and to the children that hold its lines, without waiting for anything."""
        if self._process is not None and self._process.returncode is None:
            _kill_group(self._process.pid)

    async def kill_bot(self) -> None:
        """As ``shoot_bot``; returns when it is dead and the clock waits for it no more."""
        self.shoot_bot()
        await self._bury()

    async def kill_bot_at(self, moment: Callable[[Message], bool]) -> None:
        """Shoot it in the very call that posts such a message: executed, and not yet answered."""
        hit = asyncio.Event()

        def posted(message: Message) -> None:
            if not hit.is_set() and moment(message):
                self.shoot_bot()
                hit.set()

        self.town.on_post.append(posted)
        try:
            async with asyncio.timeout(LONGEST_STOP_S):
                await hit.wait()
        except TimeoutError:
            raise Mismatch("发到一半", "有消息发出", "什么也没有发") from None
        finally:
            self.town.on_post.remove(posted)
        await self._bury()

    async def together(self, *acts: Coroutine[Any, Any, Any]) -> None:
        """At the same time; the first that fails ends the others."""
        try:
            async with asyncio.TaskGroup() as group:
                for act in acts:
                    group.create_task(act)
        except* (Mismatch, ClockError) as failed:
            raise failed.exceptions[0] from None

    async def _bury(self) -> None:
        if self._process is not None:
            await self._process.wait()
        self.town.clock.followers.forget(FOLLOWER)

    async def _stop_bot(self) -> int:
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_STOP_S):
                    await process.wait()
        _kill_group(process.pid)
        return await process.wait()

    def log_tail(self) -> str:
        """The last lines of what the bot wrote."""
        lines: list[str] = []
        for number in range(1, self._starts + 1):
            text = (self.folder / f"bot-{number}.log").read_text(encoding="utf-8", errors="replace")
            lines += [f"-- 第 {number} 次启动", *text.splitlines()]
        return "\n".join(lines[-LOG_TAIL:])


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Ours, with the packages beside this one to be found, and no proxy between the bot and the town."""
    home = str(Path(sandbox.__file__).resolve().parents[1])
    paths: Sequence[str] = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"]))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PYTHONUNBUFFERED": "1",
    }
