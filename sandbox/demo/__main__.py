"""``python -m sandbox.demo``: plays the story, counts, and leaves the town open; with ``--ci`` it judges itself."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from sandbox.clock import ClockError
from sandbox.demo import pilot, story, trouble, workspace
from sandbox.demo.count import Figures
from sandbox.demo.narrator import Narrator
from sandbox.demo.stage import Mismatch, Stage, expect
from sandbox.demo.story import Tale

PAGE_PORT = 8900
LONGEST_S = 420.0
SCENES = (
    story.opens, workspace.planned, workspace.mended, story.night, story.important, story.refused,
    trouble.lost_on_feishu, trouble.lost_on_dingtalk, trouble.killed, trouble.everybody,
    pilot.begins, pilot.lives, pilot.ends,
)  # fmt: skip
TOLD_UNKNOWN = 3
"""The card and the two plain messages on DingTalk whose answers were lost."""
EXTRA = """
[[workspace.department]]
name = "接口组"
groups = {{ feishu = "{team}" }}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 if everything was as promised, 1 if not, 130 if interrupted before the end."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    is_ci = asked.ci or os.environ.get("CI", "").lower() in ("1", "true", "yes")
    return asyncio.run(_perform(is_ci=is_ci, port=asked.port))


async def _perform(*, is_ci: bool, port: int | None) -> int:
    _let_signals_cancel()
    console = Console(highlight=False)
    tell = Narrator(paced=console.is_terminal and not is_ci, console=console)
    with tempfile.TemporaryDirectory(prefix="yizhan-demo-") as folder:
        stage = Stage(Path(folder), story.START)
        try:
            return await _play(stage, tell, is_ci=is_ci, port=port)
        except asyncio.CancelledError:
            return 130
        except (Mismatch, ClockError, TimeoutError, OSError, LookupError) as error:
            tell.failed(str(error) or f"{LONGEST_S:.0f} 秒之内没有演完")
            console.print(f"\n驿站的日志（最后几行）：\n{stage.log_tail()}", markup=False, soft_wrap=True)
            return 1
        finally:
            await asyncio.shield(stage.close())


async def _play(stage: Stage, tell: Narrator, *, is_ci: bool, port: int | None) -> int:
    begun = time.monotonic()
    await _open(stage, tell, port if port is not None else 0 if is_ci else PAGE_PORT)
    tale = Tale(stage, tell)
    async with asyncio.timeout(LONGEST_S):
        for scene in SCENES:
            await scene(tale)
        total = await _counts(tale)
    seconds = time.monotonic() - begun
    if not is_ci:
        await _stays_open(stage, tell, seconds)
        return 0
    expect("收工的退出码", 0, await stage.close())
    shown = {key: value for key, value in asdict(total).items() if key != "astray"}
    sys.stdout.write(json.dumps({**shown, "seconds": round(seconds, 1)}) + "\n")
    sys.stdout.flush()
    return 0


async def _open(stage: Stage, tell: Narrator, port: int) -> None:
    team = stage.chat("feishu", "接口组").id
    try:
        await stage.open(port, _wishes(team))
    except OSError:
        if port == 0:
            raise
        await stage.close()
        await tell.aside(f"端口 {port} 有人在用，换了一个空闲的。")
        await stage.open(0, _wishes(team))


def _wishes(team: str) -> str:
    return EXTRA.format(team=team) + workspace.WISHES


async def _counts(tale: Tale) -> Figures:
    """From the town's record only; raises ``Mismatch`` unless nothing is lost, doubled or astray."""
    tell = tale.tell
    await tell.scene("清点：只看小镇自己的记录", tale.stage.now())
    seen = [(notice, tale.figures(notice)) for notice in tale.notices]
    total = sum((figures for _, figures in seen), Figures())
    tell.table([(notice.title, len(notice.audience), figures) for notice, figures in seen], total)
    expect("丢失、重复、送错", (0, 0, 0), (total.lost, total.doubled, total.astray))
    expect("驿站说过结果未知的", TOLD_UNKNOWN, total.unknown)
    expect("收到的份数", sum(len(notice.audience) for notice in tale.notices), total.delivered)
    expect("小镇自己的差错", [], tale.stage.town.recorder.crashes)
    return total


async def _stays_open(stage: Stage, tell: Narrator, seconds: float) -> None:
    """The page is there, the bot lives, the clock stands; until Ctrl-C."""
    url = stage.town.url
    await tell.scene(f"演完了，用了 {seconds:.0f} 秒；小镇还开着")
    tell.console.print(f"  聊天页面   {url}/   挑一个人，跟驿站说话，按按钮", soft_wrap=True)
    tell.console.print(
        "  时钟停着   在页面上拨，或者：\n"
        f"             curl -X POST {url}/_sandbox/clock -H 'content-type: application/json' "
        """-d '{"advance": "1h"}'""",
        soft_wrap=True, markup=False,
    )  # fmt: skip
    tell.console.print(f"  结论页     {pilot.page(stage.folder).as_uri()}", soft_wrap=True)
    tell.console.print("  Ctrl-C     关掉，不留下任何东西")
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


def _let_signals_cancel() -> None:
    task = asyncio.current_task()
    if task is not None:
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description="一条通知从说出口到被读到")
    parser.add_argument("--ci", action="store_true", help="自己检查，最后打印一行 JSON；CI=true 时也是这样")
    parser.add_argument("--port", type=int, help=f"聊天页面的端口，默认 {PAGE_PORT}；0 是任意空闲的")
    return parser


if __name__ == "__main__":
    sys.exit(main())
