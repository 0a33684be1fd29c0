"""What a message and a press cost on Feishu's line, beside the vendor's own client that only acknowledges.

``python -m bench.line [--rounds 3] [--events 600] [--rate 50] [--seconds 10]``. The town of 1,000 people is this
process; the bot (received, committed with an fsync, acknowledged; a press decided in its answer), then the vendor's
client (``lark_oapi`` doing nothing), is another. Real time, real sockets, one run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tomlkit

from bot import control
from sandbox import app, config_file

PEOPLE = "large:1000"


async def vendor(domain, app_id, secret):
    """The reference: nothing but the acknowledgement, and an empty answer to a press."""
    code = (
        "import sys, warnings; warnings.simplefilter('ignore'); import lark_oapi as lark\n"
        "from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse as R\n"
        "b = lark.EventDispatcherHandler.builder('', '')\n"
        "b.register_p2_im_message_receive_v1(lambda e: None)\n"
        "b.register_p2_card_action_trigger(lambda e: R({'toast': {'type': 'info', 'content': 'ok'}}))\n"
        "lark.ws.Client(sys.argv[2], sys.argv[3], event_handler=b.build(), domain=sys.argv[1],"
        " log_level=lark.LogLevel.CRITICAL).start()\n"
    )
    return await asyncio.create_subprocess_exec(sys.executable, "-c", code, domain, app_id, secret)


async def bot(config):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        "--config",
        str(config),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


async def is_open(side, folder, kind):
    async with asyncio.timeout(90):
        while True:
            if kind == "vendor":
                if side.connections:
                    return
            else:
                try:
                    async for line in control.ask(folder / "data", "status", {}):
                        if line.get("answer", {}).get("up") and set(line["answer"]["lines"].values()) == {
                            "open"
                        }:
                            return
                except control.NoBot:
                    pass
            await asyncio.sleep(0.1)


async def received(side, people, events):
    """Messages that were acknowledged, a second, when all stand in line at once."""
    acked = asyncio.Event()
    left = events
    answered = side.deliveries._answered

    def counted(delivery, ack):
        nonlocal left
        answered(delivery, ack)
        if ack is not None:
            left -= 1
            if left == 0:
                acked.set()

    side.deliveries._answered = counted
    began = time.perf_counter()
    for number in range(events):
        await side.say(people[number % len(people)], "bot", f"你好，第{number}次", [])
    async with asyncio.timeout(120):
        await acked.wait()
    side.deliveries._answered = answered
    return events / (time.perf_counter() - began)


async def presses(side, people, rate, seconds):
    """Milliseconds from a press to its answer while people write ``rate`` messages a second."""
    took, tasks = [], set()

    async def press(person):
        event = {
            "operator": {"tenant_key": side.ids.tenant, **side.events.user(person.id)},
            "token": "c-bench", "host": "im_message",
            "action": {"value": {"a": "0" * 32}, "tag": "button"},
            "context": {"open_message_id": "om_" + "0" * 32, "open_chat_id": "oc_" + "0" * 32},
        }  # fmt: skip
        began = time.perf_counter()
        answer = await side.deliveries.call_back("card.action.trigger", event)
        if answer is not None:
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await side.say(people[number % len(people)], "bot", f"在吗 {number}", [])
        if number % 5 == 0:
            task = asyncio.create_task(press(people[(number * 7) % len(people)]))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    cuts = statistics.quantiles(took, n=100)
    return statistics.median(took), cuts[98], len(took)


async def measure(kind, arguments):
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        town = app.build_town(company=PEOPLE)
        runner = await app.start(town)
        side = town.platforms["feishu"]
        config = folder / "config.toml"
        config_file.write(town, config)
        document = tomlkit.parse(config.read_text(encoding="utf-8"))
        for name in ("dingtalk", "person"):
            document.pop(name, None)
        config.write_text(tomlkit.dumps(document), encoding="utf-8")
        child = await (bot(config) if kind == "bot" else vendor(town.url, side.app_id, side.app_secret))
        try:
            await is_open(side, folder, kind)
            people = [person for person in town.people["feishu"].values() if person.active]
            p50, p99, count = await presses(side, people, arguments.rate, arguments.seconds)
            return {
                "events/s": await received(side, people, arguments.events),
                "p50 ms": p50,
                "p99 ms": p99,
                "presses": count,
            }
        finally:
            child.terminate()
            await child.wait()
            await runner.cleanup()


async def main(arguments):
    found = {"bot": [], "vendor": []}
    for _ in range(arguments.rounds):
        for kind in found:
            found[kind].append(await measure(kind, arguments))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    print(f"{PEOPLE}, {arguments.rate} messages/s, medians of {arguments.rounds}")
    print("| what | bot | vendor, only acks | ratio |\n|---|---|---|---|")
    for what in ("events/s", "p50 ms", "p99 ms"):
        ours, theirs = (statistics.median(one[what] for one in found[kind]) for kind in ("bot", "vendor"))
        print(f"| {what} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")
    print(
        f"presses answered: {sum(one['presses'] for one in found['bot'])} and {sum(one['presses'] for one in found['vendor'])}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=600)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=10)
    asyncio.run(main(parser.parse_args()))
