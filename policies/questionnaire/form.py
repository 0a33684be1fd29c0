"""表单与作答 (form): the questions as fields of a card, and what comes back as answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies import tags
from policies.card import Field
from policies.model import Scalar
from policies.questionnaire.model import Answer, Answers, Ask, Question, Terms

LONGEST_TEXT = 500
SEALED_PREFIX = "s."
"""Opaque action ids of anonymous questionnaires begin so: recognised before anything is persisted."""


def name_of(place: int, nth: int | None = None) -> str:
    """``q1``; a ranking has a field for each place: ``q1.1`` is the best."""
    return f"q{place + 1}" if nth is None else f"q{place + 1}-{nth + 1}"


def nothing(terms: Terms) -> Answers:
    """Every question skipped."""
    return tuple("" if one.kind is Ask.TEXT else () for one in terms.questions)


def fields(
    place: int, question: Question, label: str, places: Sequence[str], labels: Sequence[str], hint: str
) -> tuple[Field, ...]:
    """The fields of one question.

    Args:
        places: labels of the fields of a ranking, the best first.
        labels: of the choices, in their order.
    """
    options = tuple((str(value), shown) for value, shown in enumerate(labels))
    match question.kind:
        case Ask.TEXT:
            return (Field(name=name_of(place), label=label, longest=LONGEST_TEXT, hint=hint),)
        case Ask.RANKING:
            return tuple(
                Field(
                    name=name_of(place, nth), label=label if nth == 0 else shown, options=options, hint=shown
                )
                for nth, shown in enumerate(places)
            )
        case _:
            many = question.kind is Ask.MULTI
            return (Field(name=name_of(place), label=label, options=options, many=many, hint=hint),)


def read(terms: Terms, values: Mapping[str, Scalar]) -> Answers:
    """What was filled in; what cannot be read of it becomes an answer that ``tally.check`` refuses."""
    return tuple(_answer(place, question, values) for place, question in enumerate(terms.questions))


def _answer(place: int, question: Question, values: Mapping[str, Scalar]) -> Answer:
    if question.kind is Ask.TEXT:
        return tags.clean(str(values.get(name_of(place)) or ""))[:LONGEST_TEXT].strip()
    if question.kind is Ask.RANKING:
        chosen = [values.get(name_of(place, nth)) for nth in range(len(question.options))]
        return _numbers(",".join(str(one) for one in chosen if one not in (None, "")))
    return _numbers(str(values.get(name_of(place)) or ""))


def _numbers(written: str) -> tuple[int, ...]:
    parts = [part.strip() for part in written.split(",") if part.strip()]
    return tuple(int(part) if part.isascii() and part.isdigit() else -1 for part in parts)
