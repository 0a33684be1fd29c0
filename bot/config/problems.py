"""What is wrong with a configuration (配置错误): values without a sentence; the command line has the words.

```
ConfigError
└── ConfigProblems   every mistake of one file at once, a ``Problem`` each
```
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ConfigError(Exception):
    """The configuration cannot be used; nothing was changed."""


class Kind(StrEnum):
    """What sort of mistake; picks the sentence."""

    NO_FILE = "no-file"
    NOT_UTF8 = "not-utf8"
    SYNTAX = "syntax"
    UNKNOWN_KEY = "unknown-key"
    MISSING = "missing"
    WRONG_VALUE = "wrong-value"
    UNSET_VARIABLE = "unset-variable"
    UNREADABLE_FILE = "unreadable-file"
    PART_OF_A_VALUE = "part-of-a-value"
    PLAIN_SECRET = "plain-secret"  # noqa: S105 - the name of a mistake
    RULE = "rule"
    AMBIGUOUS_NAME = "ambiguous-name"
    UNKNOWN_NAME = "unknown-name"
    # warnings
    UNKNOWN_VARIABLE = "unknown-variable"
    SHORT_HOLD = "short-hold"
    YEAR_UNKNOWN = "year-unknown"
    NO_HEAD = "no-head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake and where it stands.

    Attributes:
        line: counted from 1; 0 if the mistake has no line of its own.
        key: as a person would write it, list places counted from 1: ``announce.grant[1].who``.
        found: what is written there, as written; ``""`` for a secret and for what is not there.
        allowed: what may stand there, in the file's own notation; for UNKNOWN_KEY the nearest right key;
            for RULE the values that the sentence names; for names the candidates as the directory shows them.
        detail: which expectation (WRONG_VALUE) or which rule between keys (RULE) was not met.
    """

    kind: Kind
    file: str
    line: int = 0
    key: str = ""
    found: str = ""
    allowed: tuple[str, ...] = ()
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.key}: {self.kind}{' ' + self.detail if self.detail else ''}"


class ConfigProblems(ConfigError):
    """All mistakes of a configuration, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.key))
        super().__init__("; ".join(str(problem) for problem in self.problems))
