"""``python -m sandbox``: start the town and say in one line of JSON where it is."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox import app, clock, company, config_file
from sandbox.town import Town


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when stopped by a signal, 1 if the town cannot start, 2 for wrong arguments."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(_live(asked))
    except OSError as error:
        print(f"the town cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def ready(town: Town) -> dict[str, Any]:
    """What is printed when the town listens."""
    return {"url": town.url, **{name: platform.ready_info() for name, platform in town.platforms.items()}}


async def _live(asked: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    town = app.build_town(start=asked.clock, seed=asked.seed, company=asked.company)
    runner = await app.start(town, port=asked.port)
    try:
        if asked.write_config is not None:
            config_file.write(town, asked.write_config)
        print(json.dumps(ready(town), ensure_ascii=False), flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A town that behaves like Feishu and DingTalk."
    )
    parser.add_argument("--port", type=int, default=8900, help="0 takes a free one")
    parser.add_argument("--clock", type=_moment, help="stand at this moment, e.g. 2026-09-07T08:30+08:00")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--company", type=_company, default="small", help="small or large:N")
    parser.add_argument(
        "--write-config", type=Path, metavar="FILE", help="a complete configuration for this town"
    )
    return parser


def _moment(text: str) -> datetime:
    try:
        return clock.parse_moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _company(text: str) -> str:
    try:
        company.size_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


if __name__ == "__main__":
    sys.exit(main())
