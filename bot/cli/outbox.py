"""``yizhan outbox`` (发件箱): what waits, and why; let it go, cancel it, send it again."""

from __future__ import annotations

import json
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli import DONE, FAILED, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile

Ids = Annotated[list[int], Parameter(help=texts.running.OUTBOX_IDS, negative=())]

app = App(name="outbox", help=texts.running.OUTBOX, help_flags=["--help", "-h"], version_flags=[])


@app.command(name="list", help=texts.running.OUTBOX_LIST)
def list_(
    *,
    state: Annotated[list[str] | None, Parameter(help=texts.running.OUTBOX_STATE, negative=())] = None,
    json_: Annotated[bool, Parameter(name="--json", help=texts.running.AS_JSON)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        rows = call(config, "outbox.list", {"states": state or []})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if json_:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        _show(rows)
    return DONE


@app.command(help=texts.running.OUTBOX_RELEASE)
def release(ids: Ids, *, config: ConfigFile = None) -> int:
    return _change(config, "outbox.release", ids, texts.running.RELEASED)


@app.command(help=texts.running.OUTBOX_CANCEL)
def cancel(ids: Ids, *, config: ConfigFile = None) -> int:
    return _change(config, "outbox.cancel", ids, texts.running.CANCELLED)


@app.command(help=texts.running.OUTBOX_RETRY)
def retry(ids: Ids, *, config: ConfigFile = None) -> int:
    return _change(config, "outbox.retry", ids, texts.running.RETRIED)


def _change(config: ConfigFile, do: str, ids: list[int], sentence: str) -> int:
    try:
        count = call(config, do, {"ids": ids})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    print(sentence.format(done=count, asked=len(ids)))
    return DONE if count == len(ids) else FAILED


def _show(rows: list[dict[str, Any]]) -> None:
    if not rows:
        print(texts.running.NOTHING_WAITS)
        return
    table = Table(*texts.running.OUTBOX_COLUMNS, box=None, header_style="bold")
    for row in rows:
        who = (
            texts.words.AND.join(row["names"])
            if row["people"] <= len(row["names"])
            else texts.running.SOME_PEOPLE.format(
                names=texts.words.AND.join(row["names"]), people=row["people"]
            )
        )
        table.add_row(
            str(row["id"]),
            texts.running.STATES.get(row["state"], row["state"]),
            escape(who),
            texts.running.moment(row["not_before"]) if row["not_before"] else texts.running.AT_ONCE,
            str(row["attempts"]),
            escape(row["why"]),
        )
    Console(width=None if Console().is_terminal else 140).print(table)
