"""``yizhan poll`` (问卷): which there are, what they say, an early end; and the key of a second person."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli import DONE, WRONG_INPUT, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile

Run = Annotated[str, Parameter(help=texts.polls.RUN)]

app = App(name="poll", help=texts.polls.POLL, help_flags=["--help", "-h"], version_flags=[])


@app.command(name="list", help=texts.polls.LIST)
def list_(*, config: ConfigFile = None) -> int:
    rows, code = _call(config, "poll.list", {})
    if rows is None:
        return code
    if not rows:
        print(texts.polls.NOTHING)
        return DONE
    table = Table(*texts.polls.COLUMNS, box=None, header_style="bold")
    for row in rows:
        table.add_row(
            row["run"],
            escape(row["title"]),
            texts.polls.STATES[row["state"]],
            texts.running.moment(row["opens_at"]),
            texts.running.moment(row["closes_at"]),
            f"{row['took_part']}/{row['size']}",
            row["fingerprint"],
        )
    Console(width=None if Console().is_terminal else 140).print(table)
    return DONE


@app.command(help=texts.polls.SHOW)
def show(run: Run, *, config: ConfigFile = None) -> int:
    return _say(config, "poll.show", {"run": run})


@app.command(help=texts.polls.STOP)
def stop(
    run: Run,
    *,
    yes: Annotated[bool, Parameter(name="--yes", help=texts.polls.YES, negative=())] = False,
    config: ConfigFile = None,
) -> int:
    if not yes:
        print(texts.polls.REALLY.format(run=run))
        return WRONG_INPUT
    return _say(config, "poll.stop", {"run": run}, texts.polls.STOPPED.format(run=run))


@app.command(help=texts.polls.CLOSE)
def close(
    run: Run,
    *,
    key: Annotated[bool, Parameter(name="--key", help=texts.polls.CLOSE, negative=())] = False,
    config: ConfigFile = None,
) -> int:
    handed = sys.stdin.readline().strip() if key else ""
    return _say(config, "poll.close", {"run": run, "key": handed}, texts.polls.CLOSED.format(run=run))


@app.command(help=texts.polls.KEY)
def key() -> int:
    from bot.ballots.keys import pair

    public, private = pair()
    print(texts.polls.THE_KEY.format(public=public.hex(), private=private.hex()))
    return DONE


def _say(config: ConfigFile, do: str, arguments: dict[str, Any], done: str = "") -> int:
    answer, code = _call(config, do, arguments)
    if answer is not None:
        print(done or answer)
    return code


def _call(config: ConfigFile, do: str, arguments: dict[str, Any]) -> tuple[Any, int]:
    try:
        return call(config, do, arguments), DONE
    except Stopped as stopped:
        print(stopped)
        return None, stopped.code
