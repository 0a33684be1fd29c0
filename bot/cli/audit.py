"""``yizhan audit`` (审计): whether the log's chain is whole, and whether anonymous answers can be tied to people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from bot.cli import DONE, FAILED, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile
from bot.config import load

app = App(name="audit", help=texts.running.AUDIT, help_flags=["--help", "-h"], version_flags=[])


@app.command(help=texts.running.AUDIT_VERIFY)
def verify(*, config: ConfigFile = None) -> int:
    try:
        answer = call(config, "audit.verify", {})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if answer["broken_at"] is not None:
        print(texts.running.AUDIT_BROKEN.format(line=answer["broken_at"], lines=answer["lines"]))
        return FAILED
    print(texts.running.audit_whole(answer["lines"], answer["gone"], answer["head"][:16]))
    return DONE


@app.command(help=texts.polls.ANONYMITY)
def anonymity(
    files: Annotated[list[Path] | None, Parameter(help=texts.polls.ANONYMITY_FILES, negative=())] = None,
    *,
    config: ConfigFile = None,
) -> int:
    """Attack the living store with what an attacker would have: SQL, files, and what is named besides."""
    from bot.ballots import files as attacks
    from bot.ballots.keys import KeyFolder
    from bot.store import anonymity as store

    loaded = load.load(load.find(config))
    try:
        answer = call(config, "audit.anonymity", {})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    keys = KeyFolder(loaded.key_folder)
    every = [*_files_of(loaded.data_dir, loaded.key_folder), *(files or ())]
    found = [store.from_json(row) for row in answer["attacks"]]
    found += attacks.attack(keys, _walked(every), answer["living"], answer["ended"])
    for one in found:
        print(texts.polls.attack(one.name, one.tried, one.found))
    broken = [one for one in found if one.found]
    print(texts.polls.ATTACKED.format(n=len(found), broken=len(broken)))
    if idle := sum(not one.tried for one in found):
        print(texts.polls.IDLE.format(n=idle))
    return FAILED if broken else DONE


def _files_of(data: Path, keys: Path) -> list[Path]:
    """Everything in the data folder that is a file, but the keys themselves."""
    return [path for path in data.rglob("*") if path.is_file() and keys not in path.parents]


def _walked(paths: list[Path]) -> list[Path]:
    return [inner for path in paths for inner in ([path] if not path.is_dir() else path.rglob("*"))]
