"""Who is named in the configuration (配置里的人): asked of the living bot, else read in the store it left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import control
from bot.cli import texts
from bot.config import load
from bot.config.problems import Kind, Problem

if TYPE_CHECKING:
    from bot.config.values import Ref
    from bot.names import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Attributes:
    looked: whether there was a directory to look in.
    """

    looked: bool
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def check(loaded: load.Loaded) -> Checked:
    """Every person and department of the file; changes nothing, also in the store."""
    from bot.names import Lack

    named = list(loaded.names())
    answers = asyncio.run(_ask(loaded, named))
    if answers is None:
        return Checked(looked=False)
    kinds = {
        Lack.UNKNOWN: Kind.UNKNOWN_NAME,
        Lack.AMBIGUOUS: Kind.AMBIGUOUS_NAME,
        Lack.NO_HEAD: Kind.NO_HEAD,
    }
    found = [
        one.problem(kinds[answer.lack], *(texts.check.candidate(*each) for each in answer.candidates))
        for one, answer in zip(named, answers, strict=True)
        if answer.lack is not None
    ]
    return Checked(
        looked=True,
        problems=tuple(problem for problem in found if problem.kind is not Kind.NO_HEAD),
        warnings=tuple(problem for problem in found if problem.kind is Kind.NO_HEAD),
    )


async def _ask(loaded: load.Loaded, named: Iterable[load.Named]) -> Sequence[Answer] | None:
    from bot import names

    refs = [one.ref for one in named]
    try:
        asked = {"refs": [names.ref_to_json(ref) for ref in refs]}
        async for line in control.ask(loaded.data_dir, "names", asked):
            if line.get("answer") is not None:
                return [names.answer_from_json(row) for row in line["answer"]]
        return None
    except control.NoBot:
        return _read(loaded, refs)


def _read(loaded: load.Loaded, refs: Sequence[Ref]) -> Sequence[Answer] | None:
    if loaded.store_file is None or not loaded.store_file.is_file():
        return None
    from bot import names
    from bot.store import directory as mirror
    from bot.store.errors import StoreError
    from bot.store.peek import peek

    try:
        directory = peek(loaded.store_file, mirror.load)
    except StoreError:
        return None
    if directory is None or not directory.seen_at:
        return None
    return names.look_up(refs, directory, loaded.config.platforms)
