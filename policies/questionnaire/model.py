"""问卷 (questionnaire): what is asked of whom and under which terms; a poll, a pulse and a survey are one thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """投票、脉搏、调查: what it is called; nothing else hangs on it."""

    POLL = "poll"
    PULSE = "pulse"
    SURVEY = "survey"


class Ask(StrEnum):
    """How a question is answered: 单选、多选、1–5 分、排序、填空."""

    SINGLE = "single"
    MULTI = "multi"
    SCALE = "scale"
    RANKING = "ranking"
    TEXT = "text"


class Secrecy(StrEnum):
    """署名; 甲式: known who took part, not what was answered; 乙式: not even that."""

    NAMED = "named"
    PARTICIPATION_KNOWN = "participation-known"
    PARTICIPATION_HIDDEN = "participation-hidden"


SCALE = ("1", "2", "3", "4", "5")

Answer = tuple[int, ...] | str
"""Chosen options counted from 0 (a ranking: best first), or a text; empty = skipped."""

Answers = tuple[Answer, ...]
"""One for each question, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``options`` for single, multi and ranking; a scale has its own."""

    id: str
    text: str
    kind: Ask
    options: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        return SCALE if self.kind is Ask.SCALE else self.options


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """条款: all that is promised when a questionnaire opens; sealed by its fingerprint, never changed after.

    Attributes:
        audience: the label of the frozen audience, ``size`` how many that are, ``left_out`` how many of them
            had no form in their chat and are not asked.
        least: answers below which no figure is shown; ``least_texts`` the same for what people wrote.
        readers: who sees the result, as names, and ``reader_ids`` as persons.
        cells: the departments a count may be split into; empty = never split.
        holder: who keeps the key to the box; ``""`` = the server.
    """

    questionnaire: str
    title: str
    kind: Kind
    questions: tuple[Question, ...]
    secrecy: Secrecy
    audience: str
    size: int
    left_out: int = 0
    least: int = 5
    least_texts: int = 10
    readers: tuple[str, ...] = ()
    reader_ids: tuple[str, ...] = ()
    audience_reads: bool = True
    cells: tuple[str, ...] = ()
    holder: str = ""
    opens_at: datetime
    closes_at: datetime

    @property
    def is_anonymous(self) -> bool:
        return self.secrecy is not Secrecy.NAMED

    @property
    def fingerprint(self) -> str:
        """``8F3C-21``: printed on the card, so that a changed word is seen."""
        return fingerprint(to_json(self))


# ── Results ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure: everybody (``label == ""``) or one department.

    Attributes:
        shown: ``False``: too few, or it would let others be worked out; then all else is empty.
        answered: how many answered this question.
        counts: per option, exact; only from 20 answers on. A ranking counts points: first of three gets 3.
        percents: per option; below 20 answers in steps of 5, where 0 and 100 become 5 and 95 (≤ 5 %, ≥ 95 %).
        score: of a scale, 1–5 as 0–100.
    """

    label: str = ""
    shown: bool = False
    answered: int = 0
    counts: tuple[int, ...] = ()
    percents: tuple[int, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """计票: what may be known of one question; ``cells[0]`` is everybody.

    Attributes:
        texts: what people wrote, in no order; empty where too few did.
        texts_kept_back: there were some, but too few to show.
    """

    question: str
    cells: tuple[Cell, ...]
    texts: tuple[str, ...] = ()
    texts_kept_back: bool = False

    @property
    def whole(self) -> Cell:
        return self.cells[0]


class Ending(StrEnum):
    """How a questionnaire ended: counted; too few took part; its key was lost; stopped by an admin."""

    COUNTED = "counted"
    TOO_FEW = "too-few"
    KEY_LOST = "key-lost"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a closed questionnaire says; ``took_part`` of ``terms.size``."""

    run: str
    terms: Terms
    ending: Ending
    took_part: int
    tallies: tuple[Tally, ...] = ()

    def tally(self, question: str) -> Tally | None:
        return next((one for one in self.tallies if one.question == question), None)


# ── JSON, for the store ───────────────────────────────────────────────────────────────────────────


def fingerprint(written: Mapping[str, Any]) -> str:
    """Of terms as they are written down, whatever a later version may know of terms."""
    digest = hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:6]}"


def to_json(terms: Terms) -> dict[str, Any]:
    """A JSON object that ``from_json`` reads back to an equal value."""
    return {
        "questionnaire": terms.questionnaire,
        "title": terms.title,
        "kind": terms.kind.value,
        "questions": [
            {"id": one.id, "text": one.text, "kind": one.kind.value, "options": list(one.options)}
            for one in terms.questions
        ],
        "secrecy": terms.secrecy.value,
        "audience": terms.audience,
        "size": terms.size,
        "left_out": terms.left_out,
        "least": terms.least,
        "least_texts": terms.least_texts,
        "readers": list(terms.readers),
        "reader_ids": list(terms.reader_ids),
        "audience_reads": terms.audience_reads,
        "cells": list(terms.cells),
        "holder": terms.holder,
        "opens_at": terms.opens_at.isoformat(),
        "closes_at": terms.closes_at.isoformat(),
    }


def from_json(row: Mapping[str, Any]) -> Terms:
    """The inverse of ``to_json``; raises ``KeyError`` or ``ValueError`` for anything else."""
    return Terms(
        questionnaire=row["questionnaire"],
        title=row["title"],
        kind=Kind(row["kind"]),
        questions=tuple(
            Question(id=one["id"], text=one["text"], kind=Ask(one["kind"]), options=tuple(one["options"]))
            for one in row["questions"]
        ),
        secrecy=Secrecy(row["secrecy"]),
        audience=row["audience"],
        size=row["size"],
        left_out=row["left_out"],
        least=row["least"],
        least_texts=row["least_texts"],
        readers=tuple(row["readers"]),
        reader_ids=tuple(row["reader_ids"]),
        audience_reads=row["audience_reads"],
        cells=tuple(row["cells"]),
        holder=row["holder"],
        opens_at=datetime.fromisoformat(row["opens_at"]),
        closes_at=datetime.fromisoformat(row["closes_at"]),
    )


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """Without the texts, which lie in a bag of their own."""
    return {
        "question": tally.question,
        "texts_kept_back": tally.texts_kept_back,
        "cells": [
            {
                "label": cell.label,
                "shown": cell.shown,
                "answered": cell.answered,
                "counts": list(cell.counts),
                "percents": list(cell.percents),
                "score": cell.score,
            }
            for cell in tally.cells
        ],
    }


def tally_from_json(row: Mapping[str, Any], texts: tuple[str, ...] = ()) -> Tally:
    """The inverse of ``tally_to_json``."""
    return Tally(
        question=row["question"],
        texts_kept_back=row["texts_kept_back"],
        texts=texts,
        cells=tuple(
            Cell(
                label=cell["label"],
                shown=cell["shown"],
                answered=cell["answered"],
                counts=tuple(cell["counts"]),
                percents=tuple(cell["percents"]),
                score=cell["score"],
            )
            for cell in row["cells"]
        ),
    )
