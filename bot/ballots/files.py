"""The files as an attacker reads them (攻击者手里的文件): database, write-ahead log, backups and logs, byte by byte."""

from __future__ import annotations

import re
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.ballots.keys import KeyFolder, KeyLost
from bot.store.anonymity import Attack
from policies.questionnaire.form import SEALED_PREFIX

CHUNK = 1 << 20
OVERLAP = 1 << 12
_PRESS = re.compile(
    rb"form_value.{0,3000}?\"" + re.escape(SEALED_PREFIX.encode()) + rb"[0-9a-f]{24}"
    rb"|\"" + re.escape(SEALED_PREFIX.encode()) + rb"[0-9a-f]{24}.{0,3000}?form_value",
    re.DOTALL,
)
"""A press of a sealed card as a platform writes it: the action, and beside it what was filled in."""


def attack(
    keys: KeyFolder, files: Iterable[Path], living: Iterable[str], ended: Iterable[str]
) -> tuple[Attack, ...]:
    """Every attack that needs only bytes.

    Args:
        files: database, its log, backups, logs of the program; whatever somebody could copy.
        living, ended: runs of anonymous questionnaires.
    """
    every = tuple(dict.fromkeys(path for path in files if path.is_file()))
    return (
        _presses(every),
        _keys_elsewhere(keys, every),
        _lying_open(keys),
        _old_keys(keys, living, ended),
        _freelist(every),
    )


def _presses(files: tuple[Path, ...]) -> Attack:
    """(c, j) A raw press in a page, a log frame, a backup or a line of a log."""
    found = tuple(path.name for path in files if any(_PRESS.search(part) for part in _parts(path)))
    return Attack(name="presses-in-files", tried=len(files), found=found)


def _keys_elsewhere(keys: KeyFolder, files: tuple[Path, ...]) -> Attack:
    """A key in the database or a backup opens every box that was ever copied."""
    needles = [needle for run in keys.runs() for needle in _needles(keys, run)]
    found = tuple(
        path.name for path in files if any(needle in part for part in _parts(path) for needle in needles)
    )
    return Attack(name="keys-in-files", tried=len(files), found=found)


def _needles(keys: KeyFolder, run: str) -> tuple[bytes, ...]:
    try:
        key = keys.get(run)
    except KeyLost:
        return ()
    return tuple(form for half in (key.private, key.tagging) if half for form in (half, half.hex().encode()))


def _lying_open(keys: KeyFolder) -> Attack:
    """Whether anybody but the bot's own user may read a key."""
    if not keys.folder.is_dir():
        return Attack(name="key-permissions", tried=0)
    paths = (keys.folder, *keys.folder.iterdir())
    found = tuple(path.name for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077)
    return Attack(name="key-permissions", tried=len(paths), found=found)


def _old_keys(keys: KeyFolder, living: Iterable[str], ended: Iterable[str]) -> Attack:
    """Keys of what has ended, and boxes whose key is lost, which is no leak but has to be known."""
    there = keys.runs()
    over = set(ended)
    del living
    return Attack(name="old-keys", tried=len(there | over), found=tuple(sorted(there & over)))


def _freelist(files: tuple[Path, ...]) -> Attack:
    """(d) Deleted rows stay readable in pages that nobody uses, unless they were overwritten."""
    databases = [path for path in files if _is_sqlite(path)]
    found = tuple(path.name for path in databases if any(any(page) for page in _free_pages(path)))
    return Attack(name="free-pages", tried=len(databases), found=found)


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\x00"


def _free_pages(path: Path) -> Iterator[bytes]:
    """The leaves of the freelist, https://sqlite.org/fileformat2.html#the_freelist (read 2026-11)."""
    with path.open("rb") as file:
        head = file.read(100)
        size = struct.unpack(">H", head[16:18])[0]
        size = 65536 if size == 1 else size
        trunk = struct.unpack(">I", head[32:36])[0]
        seen = set()
        while trunk and trunk not in seen:
            seen.add(trunk)
            file.seek((trunk - 1) * size)
            page = file.read(size)
            following, count = struct.unpack(">II", page[:8])
            leaves = struct.unpack(f">{count}I", page[8 : 8 + 4 * count])
            for leaf in leaves:
                file.seek((leaf - 1) * size)
                yield file.read(size)
            trunk = following


def _parts(path: Path) -> Iterator[bytes]:
    """Overlapping, so that nothing hides on a border."""
    tail = b""
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            yield tail + part
            tail = part[-OVERLAP:]
