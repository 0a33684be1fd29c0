"""[[questionnaire]] 问卷: what is asked of whom and when; whether it may be called anonymous is seen at its opening."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.config.sections import NonEmpty, Section
from bot.config.values import ClockTime, DepartmentRef, OfficeRef, break_rule, reject
from bot.config.when import WhenAsked
from policies.questionnaire.model import Ask
from policies.questionnaire.thresholds import LEAST_ANSWERS, LEAST_TEXTS

MOST_TEXTS = 4
"""So that all that is written fits into one box of fixed size."""
_CHOSEN = frozenset({Ask.SINGLE, Ask.MULTI, Ask.RANKING})


def _asked(written: Any) -> Any:
    """A bare sentence is a question answered from 1 to 5."""
    return {"ask": written} if isinstance(written, str) else written


def _holder_key(written: Any) -> str:
    if written == "" or (isinstance(written, str) and re.fullmatch(r"[0-9a-f]{64}", written)):
        return str(written)
    return reject("holder-key")


HolderKey = Annotated[str, BeforeValidator(_holder_key)]


class Question(Section):
    """A question; a name of its own is needed only where somebody counts on it (满意度)."""

    ask: Annotated[str, Field(min_length=1, max_length=120)]
    kind: Literal["single", "multi", "scale", "ranking", "text"] = "scale"
    options: Annotated[tuple[NonEmpty, ...], Field(max_length=10)] = ()
    id: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]*)?$")] = ""

    @model_validator(mode="after")
    def _options_where_they_belong(self) -> Self:
        if (self.kind in _CHOSEN) != bool(self.options):
            break_rule("options-needed" if self.kind in _CHOSEN else "options-not-here", "kind")
        if len(set(self.options)) != len(self.options) or len(self.options) == 1:
            break_rule("options-differ", "options")
        return self


QuestionLine = Annotated[Question, BeforeValidator(_asked)]


class Questionnaire(Section):
    """[[questionnaire]] ``least`` and ``least_texts`` may be raised, never lowered."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    kind: Literal["poll", "pulse", "survey"]
    title: str = ""
    when: WhenAsked
    questions: Annotated[tuple[QuestionLine, ...], Field(min_length=1, max_length=10)]
    anonymous: bool = False
    participation: Literal["known", "hidden"] = "known"
    audience: tuple[DepartmentRef, ...] = ()
    open_workdays: Annotated[int, Field(ge=0, le=20)] = 1
    closes: ClockTime = time(12)
    on_day_off: Literal["ask", "before", "after", "skip"] = "ask"
    remind: bool = True
    least: Annotated[int, Field(ge=LEAST_ANSWERS, le=100)] = LEAST_ANSWERS
    least_texts: Annotated[int, Field(ge=LEAST_TEXTS, le=100)] = LEAST_TEXTS
    readers: tuple[OfficeRef, ...] = ()
    audience_reads: bool = True
    by_department: bool = False
    holder: str = ""
    holder_key: HolderKey = ""

    @model_validator(mode="after")
    def _keeps_its_word(self) -> Self:
        names = [one.id for one in self.questions if one.id]
        if len(set(names)) != len(names):
            break_rule("question-twice", "questions")
        if sum(one.kind == "text" for one in self.questions) > MOST_TEXTS:
            break_rule("too-many-texts", "questions", most=MOST_TEXTS)
        if self.participation == "hidden" and not self.anonymous:
            break_rule("hidden-means-anonymous", "participation")
        if bool(self.holder) != bool(self.holder_key) or (self.holder and not self.anonymous):
            break_rule("holder-with-key", "holder")
        return self


class Ballots(Section):
    """[ballots] Where the keys of the boxes lie until they are destroyed; ``""``: beside the store's file."""

    keys: str = ""
