"""计票 (tally): answers in, counts out; what may not be shown never leaves this page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.questionnaire import thresholds
from policies.questionnaire.model import Answer, Answers, Ask, Cell, Question, Tally, Terms

SCALE_STEPS = 4
"""From 1 to 5; so a scale's mean becomes 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """一张选票: the answers and the department they count for (``""`` = none); nobody's name."""

    answers: Answers
    cell: str = ""


class BadAnswers(ValueError):
    """They do not belong to these questions; nothing of them is in the message."""


def check(questions: Sequence[Question], answers: Answers) -> Answers:
    """The answers, if each fits its question and not all are empty.

    Raises:
        BadAnswers: they do not fit, or nothing was answered at all.
    """
    if len(answers) != len(questions) or not any(answers):
        raise BadAnswers("nothing answered" if not any(answers) else "other questions")
    for question, answer in zip(questions, answers, strict=True):
        if not _fits(question, answer):
            raise BadAnswers("an answer that was not offered")
    return answers


def count(terms: Terms, papers: Iterable[Paper]) -> tuple[Tally, ...]:
    """One for each question. A named questionnaire hides nothing; its answers have names anyway."""
    every = tuple(papers)
    least, least_texts = thresholds.of(terms)
    found = []
    for place, question in enumerate(terms.questions):
        answered = [(paper.cell, paper.answers[place]) for paper in every if paper.answers[place]]
        if question.kind is Ask.TEXT:
            found.append(_texts(question, [answer for _, answer in answered], least, least_texts))
        else:
            found.append(_counted(question, answered, terms, least))
    return tuple(found)


def _texts(question: Question, written: Sequence[Answer], least: int, least_texts: int) -> Tally:
    n = len(written)
    enough = n >= least_texts
    return Tally(
        question=question.id,
        cells=(Cell(shown=n >= least, answered=n if n >= least else 0),),
        texts=tuple(str(one) for one in written) if enough else (),
        texts_kept_back=bool(n) and not enough,
    )


def _counted(question: Question, answered: Sequence[tuple[str, Answer]], terms: Terms, least: int) -> Tally:
    by_cell = {label: [answer for cell, answer in answered if cell == label] for label in terms.cells}
    sizes = {label: len(answers) for label, answers in by_cell.items()}
    shown = thresholds.shown_cells(sizes, len(answered), least)
    whole = _cell(question, "", [answer for _, answer in answered], least, is_exact=not terms.is_anonymous)
    cells = [
        _cell(question, label, answers if label in shown else [], least, is_exact=not terms.is_anonymous)
        for label, answers in by_cell.items()
    ]
    return Tally(question=question.id, cells=(whole, *cells))


def _cell(question: Question, label: str, answers: Sequence[Answer], least: int, *, is_exact: bool) -> Cell:
    n = len(answers)
    if n < least:
        return Cell(label=label)
    counts = [0] * len(question.choices)
    for answer in answers:
        for place, option in enumerate(answer if not isinstance(answer, str) else ()):
            weight = len(question.choices) - place if question.kind is Ask.RANKING else 1
            counts[option] += weight
    exact = is_exact or n >= thresholds.EXACT_FROM
    of = sum(counts) if question.kind is Ask.RANKING else n
    shares = tuple(round(100 * one / of) for one in counts) if exact else thresholds.stepped(counts, of)
    return Cell(
        label=label,
        shown=True,
        answered=n,
        counts=tuple(counts) if exact else (),
        percents=shares,
        score=_score(counts, n, is_exact=exact) if question.kind is Ask.SCALE else None,
    )


def _score(counts: Sequence[int], n: int, *, is_exact: bool) -> float:
    """Of few answers a whole number from 5 to 95: 100 would say what each of them chose."""
    mean = 100 * sum(step * count for step, count in enumerate(counts)) / (SCALE_STEPS * n)
    return round(mean, 1) if is_exact else float(min(95, max(5, round(mean))))


def _fits(question: Question, answer: Answer) -> bool:
    if question.kind is Ask.TEXT:
        return isinstance(answer, str)
    if isinstance(answer, str):
        return not answer
    offered = len(question.choices)
    if any(not 0 <= one < offered for one in answer) or len(set(answer)) != len(answer):
        return False
    return len(answer) <= (1 if question.kind in (Ask.SINGLE, Ask.SCALE) else offered)
