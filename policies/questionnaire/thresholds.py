"""门槛 (thresholds): what of a count may be shown, so that nobody's answer can be worked out from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.questionnaire.model import Terms

LEAST_AUDIENCE = 8
"""Fewer people cannot be called anonymous, whatever is promised."""
LEAST_ANSWERS = 5
LEAST_TEXTS = 10
"""Style gives people away sooner than a number does."""
EXACT_FROM = 20
"""Below so many answers percentages go in steps, and nobody is said to agree with everybody."""
STEP = 5


def of(terms: Terms) -> tuple[int, int]:
    """Answers below which no figure is shown, and no text: as sealed, and never below the floor.

    The floor is not in the terms, so that whoever can write into the database lowers nothing.
    """
    if not terms.is_anonymous:
        return 1, 1
    return max(terms.least, LEAST_ANSWERS), max(terms.least_texts, LEAST_TEXTS)


def may_be_anonymous(audience: int) -> bool:
    return audience >= LEAST_AUDIENCE


def shown_cells(answered: Mapping[str, int], whole: int, least: int = LEAST_ANSWERS) -> frozenset[str]:
    """Which departments may be shown beside the whole.

    Each has at least ``least`` answers, and what is left when they are taken from the whole is nobody or at
    least ``least`` people; else the next smallest is hidden too, until nothing can be worked out by subtraction.

    Args:
        answered: answers per department, disjoint.
        whole: answers of everybody, those of no department included.
    """
    if whole < least:
        return frozenset()
    shown = {label for label, n in answered.items() if n >= least}
    while shown:
        left = whole - sum(answered[label] for label in shown)
        if left == 0 or left >= least:
            break
        shown.remove(min(shown, key=lambda label: (answered[label], label)))
    return frozenset(shown)


def stepped(counts: Sequence[int], of: int) -> tuple[int, ...]:
    """Per cent in steps of five, from 5 (≤ 5 %) to 95 (≥ 95 %): unanimity would tell everybody's answer."""
    return tuple(min(100 - STEP, max(STEP, STEP * round(100 * count / of / STEP))) for count in counts)


def may_compare(before: frozenset[str], now: frozenset[str], least: int = LEAST_ANSWERS) -> bool:
    """Whether the change of a figure may be shown: not when one to four people came or went between."""
    return not 0 < len(before ^ now) < least
