"""``yizhan doctor`` (体检): talks to the platforms, the bot and the disk, and says what to click where."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from bot import calendars, control
from bot.cli import DONE, FAILED, texts
from bot.cli.options import ConfigFile
from bot.clock import SystemClock
from bot.config import load

LITTLE_DISK_BYTES = 1 << 30
NO_DISK_BYTES = 100 << 20

Findings = list[dict[str, Any]]


def doctor(
    *,
    card: Annotated[bool, Parameter(help=texts.doctor.DOCTOR_CARD)] = False,
    quick: Annotated[bool, Parameter(help=texts.doctor.DOCTOR_QUICK)] = False,
    wait: Annotated[int, Parameter(help=texts.doctor.DOCTOR_WAIT)] = 120,
    json_: Annotated[bool, Parameter(name="--json", help=texts.running.AS_JSON)] = False,
    config: ConfigFile = None,
) -> int:
    loaded = load.load(load.find(config))
    found = asyncio.run(_examine(loaded, card=card, quick=quick, wait_s=wait, quiet=json_))
    found += _calendar(loaded) + _disk(loaded.data_dir)
    counts = {mark: sum(one["mark"] == mark for one in found) for mark in ("missing", "remark", "spare")}
    if json_:
        print(json.dumps({**counts, "findings": found}, ensure_ascii=False))
    else:
        print(*texts.doctor.report(found), sep="\n")
        print(texts.doctor.conclusion(counts["missing"], counts["remark"]))
    return FAILED if counts["missing"] else DONE


def request(
    loaded: load.Loaded, *, card: bool = False, quick: bool = False, wait_s: int = 120
) -> dict[str, Any]:
    """What the living bot is told of the file as it stands now, which may be newer than its own."""
    from bot import abilities, names

    return {
        "abilities": abilities.to_json(loaded.config),
        "named": [names.named_to_json(one) for one in loaded.names()],
        "links": loaded.links,
        "read_groups": loaded.config.privacy.read_groups,
        "quick": quick,
        "card": card,
        "wait_s": wait_s,
    }


async def _examine(loaded: load.Loaded, *, card: bool, quick: bool, wait_s: int, quiet: bool) -> Findings:
    """By the living bot, else by ourselves."""
    asked = request(loaded, card=card, quick=quick, wait_s=wait_s)
    try:
        async for line in control.ask(loaded.data_dir, "doctor", asked):
            if "progress" in line and not quiet:
                _tell(str(line["progress"]))
            if "answer" in line:
                return list(line["answer"])
            if "refused" in line:
                return [_missing("bot", "no-answer", why=str(line["refused"]))]
        return [_missing("bot", "no-answer", why="")]
    except control.NoBot:
        return await _alone(loaded, card=card, quick=quick, wait_s=wait_s, quiet=quiet)


async def _alone(loaded: load.Loaded, *, card: bool, quick: bool, wait_s: int, quiet: bool) -> Findings:
    from bot import abilities, offline
    from bot.card_trial import CardTrial
    from bot.store.errors import StoreError, StoreLocked

    async def progress(text: str) -> None:
        if not quiet:
            _tell(text)

    logging.getLogger().addHandler(logging.NullHandler())  # what is wrong is a finding, not a line of a log
    found: Findings = [_missing("bot", "not-running")] if quick else [_ok("bot", "not-running-now")]
    try:
        async with offline.doctor(loaded, quick=quick) as examiner:
            seen = await examiner.examine(quick=quick)
            if card:
                admins = abilities.admins(loaded.config, examiner.directory)
                seen += await examiner.try_cards(CardTrial(), admins, wait_s, progress)
            return [one.as_json() for one in seen] + found
    except StoreLocked as error:
        return [*found, _missing("store", "locked", pid=error.pid, path=error.path)]
    except StoreError as error:
        return [*found, _missing("store", "trouble", why=str(error))]


def _tell(progress: str) -> None:
    """``card feishu NAME``: an administrator is waited for."""
    _, platform, name = progress.split(" ", 2)
    print(texts.doctor.CARD_SENT.format(platform=texts.doctor.PARTS[platform], name=name), flush=True)


# ── What needs neither platform nor store ─────────────────────────────────────────────────────────


def _calendar(loaded: load.Loaded) -> Findings:
    now = SystemClock().now()
    tables = calendars.tables(loaded.data_dir / calendars.FOLDER)
    year = calendars.calendars(loaded.config, tables).company.local(now).year
    source = tables.sources.get(year)
    found: Findings = []
    if source is not None:
        published = str(source.published) if source.document else ""
        found.append(_ok("calendar", "year-known", year=year, document=source.document, published=published))
    for warning in calendars.warnings(loaded, tables, now):
        found.append(_remark("calendar", warning.kind.value, said=texts.check.sentence(warning)))
    return found


def _disk(folder: Path) -> Findings:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    details = {"free_mib": free >> 20, "folder": str(there)}
    if free < NO_DISK_BYTES:
        return [_missing("disk", "space", **details)]
    return [
        _remark("disk", "space", **details) if free < LITTLE_DISK_BYTES else _ok("disk", "space", **details)
    ]


def _ok(part: str, what: str, **details: Any) -> dict[str, Any]:
    return {"part": part, "mark": "ok", "what": what, **details}


def _missing(part: str, what: str, **details: Any) -> dict[str, Any]:
    return {"part": part, "mark": "missing", "what": what, **details}


def _remark(part: str, what: str, **details: Any) -> dict[str, Any]:
    return {"part": part, "mark": "remark", "what": what, **details}
