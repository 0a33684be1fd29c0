"""CPU of a sent message beside Feishu's own synchronous client: our adapter alone, and the whole bot with its store.

``python -m bench.sending [--messages 400] [--rounds 3] [--profile]``. The town is this process; who sends is another,
and only its processor time counts (user and system). Each sends the same text to people in turn, thirty a second, so that
no rate is met: the vendor's client one after the other as its manual shows, our adapter ten at a time, then the living
bot from rows that come due. ``--profile`` prints where the adapter's time goes.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import platform
import pstats
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import tomlkit

PEOPLE = "large:1000"
WARM = 20
PER_SECOND = 30
AT_ONCE = 10
WORDS = "明早例会改到十点"
GOAL = 0.2
DUE_IN_S = 25.0
"""Until the rows come due: the bot is up and at rest by then."""


# ── Who sends; each prints milliseconds of CPU for a message ──────────────────────────────────────


def vendor(told: dict[str, Any]) -> float:
    import lark_oapi as lark
    from lark_oapi.api.im.v1 import CreateMessageRequest, CreateMessageRequestBody

    client = (
        lark.Client.builder().app_id(told["app_id"]).app_secret(told["app_secret"]).domain(told["url"])
        .log_level(lark.LogLevel.CRITICAL).build()
    )  # fmt: skip
    began_s = 0.0
    for number in range(WARM + told["messages"]):
        if number == WARM:
            began_s = time.process_time()
        body = (
            CreateMessageRequestBody.builder().receive_id(told["people"][number % len(told["people"])])
            .msg_type("text").content(json.dumps({"text": WORDS})).uuid(f"v{told['round']}-{number}").build()
        )  # fmt: skip
        request = CreateMessageRequest.builder().receive_id_type("open_id").request_body(body).build()
        answer = client.im.v1.message.create(request)
        if not answer.success():
            raise SystemExit(f"refused: {answer.code} {answer.msg}")
        time.sleep(1 / PER_SECOND)
    return (time.process_time() - began_s) * 1000 / told["messages"]


async def ours(told: dict[str, Any], profile: cProfile.Profile | None) -> float:
    from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
    from bot.clock import SystemClock
    from policies.effects import SendText
    from policies.model import Account, Platform

    settings = FeishuSettings(app_id=told["app_id"], app_secret=told["app_secret"], domain=told["url"])
    adapter = FeishuAdapter(settings, SystemClock(), random.Random(1))
    await adapter.open()

    async def send(number: int) -> None:
        to = Account(Platform.FEISHU, told["people"][number % len(told["people"])])
        await adapter.send(SendText(to=to, text=WORDS), f"{told['round']:02}{number:038}")

    for number in range(WARM):
        await send(number)
    await asyncio.sleep(2)  # what warms up is out of the second's window
    began_s = time.process_time()
    if profile:
        profile.enable()
    for start in range(WARM, WARM + told["messages"], AT_ONCE):
        await asyncio.gather(*(send(number) for number in range(start, start + AT_ONCE)))
        await asyncio.sleep(AT_ONCE / PER_SECOND)
    if profile:
        profile.disable()
    took_s = time.process_time() - began_s
    await adapter.close()
    return took_s * 1000 / told["messages"]


# ── The living bot ────────────────────────────────────────────────────────────────────────────────


async def whole(told: dict[str, Any], config: Path, town: Any) -> float:
    """Rows that come due while it runs; the CPU of its own process from just before to the last receipt."""
    from bot.clock import SystemClock
    from bot.store import outbox
    from bot.store.engine import Store
    from bot.store.keys import derive
    from bot.store.rows import NewOutbox
    from policies.effects import SendText
    from policies.model import Account, Platform

    clock = SystemClock()
    due = clock.now() + timedelta(seconds=DUE_IN_S)

    def row(number: int) -> NewOutbox:
        to = Account(Platform.FEISHU, told["people"][number % len(told["people"])])
        return NewOutbox(
            key=derive("bench", str(told["round"]), "notice", str(number), 0),
            effect=SendText(to=to, text=WORDS),
            step="notice",
            recipients=(to,),
            created_at=clock.now(),
            not_before=due,
        )

    data = config.parent / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    store = Store(f"sqlite:///{data / 'yizhan.db'}", clock)
    await store.open()
    await store.write(outbox.insert, tuple(map(row, range(told["messages"]))))
    await store.close()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--config", str(config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        there = len(town.log["feishu"])
        await asyncio.sleep(max(0.0, (due - clock.now()).total_seconds() - 0.5))
        began_s, threads = _cpu_s(child.pid), _threads(child.pid)
        async with asyncio.timeout(120):
            while len(town.log["feishu"]) < there + told["messages"]:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        for name, cpu_s in _threads(child.pid).items():
            print(f"  {name:20} {(cpu_s - threads.get(name, 0.0)) * 1000 / told['messages']:.2f} ms")
        return (_cpu_s(child.pid) - began_s) * 1000 / told["messages"]
    finally:
        child.terminate()
        await child.wait()


def _threads(pid: int) -> dict[str, float]:
    """Seconds of CPU by the name that the system knows a thread by; the first is the loop's."""
    found: Counter[str] = Counter()
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = "loop" if task.name == str(pid) else (task / "comm").read_text(encoding="utf-8").strip()
        found[name] += _seconds(task / "stat")
    return found


def _cpu_s(pid: int) -> float:
    return _seconds(Path(f"/proc/{pid}/stat"))


def _seconds(stat: Path) -> float:
    fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ── Beside the town ───────────────────────────────────────────────────────────────────────────────


async def _child(kind: str, told: dict[str, Any], *more: str) -> float:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.sending",
        "--as",
        kind,
        *more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    out, _ = await child.communicate(json.dumps(told).encode())
    if child.returncode:
        raise SystemExit(f"{kind} ended with {child.returncode}")
    *said, figure = out.decode().strip().splitlines()
    for line in said:
        print(line)
    return float(figure)


async def measure(messages: int, rounds: int, *, profile: bool) -> int:
    from sandbox import app, config_file

    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"
    )
    found: dict[str, list[float]] = {"vendor": [], "adapter": [], "bot": []}
    for number in range(rounds):
        town = app.build_town(company=PEOPLE)
        runner = await app.start(town)
        side = town.platforms["feishu"]
        people = [one.id for one in town.people["feishu"].values() if one.active]
        told = {
            "url": town.url, "app_id": side.app_id, "app_secret": side.app_secret,
            "people": people, "messages": messages, "round": number,
        }  # fmt: skip
        try:
            found["vendor"].append(await _child("vendor", told))
            found["adapter"].append(await _child("adapter", told, *(["--profile"] if profile else [])))
            with tempfile.TemporaryDirectory() as folder:
                config = Path(folder) / "config.toml"
                config_file.write(town, config)
                document = tomlkit.parse(config.read_text(encoding="utf-8"))
                for name in ("dingtalk", "person", "workspace"):
                    document.pop(name, None)
                config.write_text(tomlkit.dumps(document), encoding="utf-8")
                found["bot"].append(await whole(told, config, town))
        finally:
            await runner.cleanup()
    medians = {kind: statistics.median(figures) for kind, figures in found.items()}
    for kind, median in medians.items():
        print(
            f"{kind:8} {median:6.2f} ms of CPU a message, ratio {median / medians['vendor']:.2f} (goal {GOAL})"
        )
    return 0 if medians["adapter"] <= GOAL * medians["vendor"] else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--as", dest="kind", choices=("vendor", "adapter"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not asked.kind:
        return asyncio.run(measure(asked.messages, asked.rounds, profile=asked.profile))
    told = json.loads(sys.stdin.read())
    if asked.kind == "vendor":
        print(vendor(told))
        return 0
    profile = cProfile.Profile() if asked.profile else None
    figure = asyncio.run(ours(told, profile))
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    print(figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
