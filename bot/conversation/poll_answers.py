"""作答 (answers by number): what somebody who has no form writes back to one question."""

from __future__ import annotations

import re

from policies.questionnaire import form, tally
from policies.questionnaire.model import Answer, Ask, Question

_SKIP = frozenset({"0", "\uff10", "跳过", "不答"})
_BETWEEN = re.compile(r"[\d\s,，、.。;；>和分选回复第项号]+")


def read(question: Question, text: str) -> Answer | None:
    """``None``: not understood; empty: skipped. ``1 3``, ``1、3``, ``4分``, ``回复 2``."""
    said = text.strip()
    if said in _SKIP:
        return "" if question.kind is Ask.TEXT else ()
    if question.kind is Ask.TEXT:
        return said[: form.LONGEST_TEXT]
    numbers = [int(one) for one in re.findall(r"\d+", said)]
    if not numbers or _BETWEEN.sub("", said):
        return None
    answer = tuple(number - 1 for number in numbers)
    try:
        tally.check((question,), (answer,))
    except tally.BadAnswers:
        return None
    return answer
