"""Faults (故障): what goes wrong on demand, on the calls of the API and on the line.

The list is replaced as a whole; ``[]`` clears it. A fault of a call is used up
by the calls it matches (``skip`` of them are let through first), a fault of the
line by the platform that asks for it.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.clock import parse_duration
from sandbox.fields import BadInput

STREAM_KINDS = frozenset(
    {"drop", "duplicate", "reorder", "lost-ack", "zombie", "silent", "disconnect", "refuse"}
)
STREAMS = frozenset({"feishu", "dingtalk"})
MATCH_KEYS = frozenset({"platform", "method", "path", "body", "skip"})
LONGEST_SLOW_S = 120.0


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault; ``left`` is how often it still strikes, ``None`` for ever.

    For a call ``action`` is ``status``, ``slow``, ``cut`` or ``lost-answer``;
    ``status`` and ``wait_s`` (real seconds) belong to the first two.
    """

    kind: str
    action: str
    stream: str | None = None
    platform: str | None = None
    method: str | None = None
    path: str | None = None
    body: str | None = None
    skip: int = 0
    left: int | None = 1
    status: int = 0
    wait_s: float = 0.0

    def matches(self, platform: str, method: str, path: str, body: str) -> bool:
        return (
            self.stream is None
            and self.platform in (None, platform)
            and self.method in (None, method)
            and (self.path is None or _path_matches(self.path, path))
            and (self.body is None or self.body in body)
        )

    def as_json(self) -> dict[str, Any]:
        left = 0 if self.left is None else self.left
        if self.stream is not None:
            return {"stream": self.stream, "kind": self.kind, "times": left}
        match = {key: value for key in MATCH_KEYS if (value := getattr(self, key))}
        return {"match": match, "kind": self.kind, "times": left}


class Faults:
    """The faults in force, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._all: list[Fault] = []

    def replace(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Raises ``BadInput`` naming the fault that cannot be read; then nothing is changed."""
        self._all = [parse(each, f"faults[{i}]") for i, each in enumerate(wanted)]

    def __bool__(self) -> bool:
        """Whether anything is in force."""
        return bool(self._all)

    def shown(self) -> list[dict[str, Any]]:
        return [fault.as_json() for fault in self._all]

    def take(self, platform: str, method: str, path: str, body: str) -> Fault | None:
        """The fault that strikes this call, used up by one; faults that still skip count down."""
        for fault in self._all:
            if not fault.matches(platform, method, path, body):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            self._use(fault)
            return fault
        return None

    def take_stream(self, stream: str, kind: str) -> bool:
        """Whether this fault of the line strikes now; used up by one if it does."""
        for fault in self._all:
            if fault.stream == stream and fault.kind == kind:
                self._use(fault)
                return True
        return False

    def stream_active(self, stream: str, kind: str) -> bool:
        """As ``take_stream``, using nothing up."""
        return any(fault.stream == stream and fault.kind == kind for fault in self._all)

    def _use(self, fault: Fault) -> None:
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                self._all.remove(fault)


def parse(wanted: Any, where: str = "fault") -> Fault:
    """One fault as the control door takes it; ``times`` is 1 if not given, 0 is for ever.

    Raises:
        BadInput: with ``where`` and what is allowed.
    """
    if not isinstance(wanted, Mapping):
        raise BadInput(f"{where}: an object is needed")
    unknown = set(wanted) - {"match", "times", "kind", "stream"}
    if unknown:
        raise BadInput(f"{where}: unknown {sorted(unknown)}; known: match, times, kind, stream")
    kind, times = wanted.get("kind"), wanted.get("times", 1)
    if not isinstance(kind, str):
        raise BadInput(f"{where}: kind must be a string")
    if not isinstance(times, int) or isinstance(times, bool) or times < 0:
        raise BadInput(f"{where}: times must be a whole number, 0 for ever")
    left = times or None
    if "stream" in wanted:
        if wanted["stream"] not in STREAMS or kind not in STREAM_KINDS:
            raise BadInput(f"{where}: stream is one of {sorted(STREAMS)}, its kind of {sorted(STREAM_KINDS)}")
        return Fault(kind=kind, action=kind, stream=wanted["stream"], left=left)
    return _with_match(_call_fault(kind, left, where), wanted.get("match", {}), where)


def _call_fault(kind: str, left: int | None, where: str) -> Fault:
    action, _, value = kind.partition(":")
    if kind in ("cut", "lost-answer"):
        return Fault(kind=kind, action=kind, left=left)
    if action == "status" and re.fullmatch(r"[1-5]\d\d", value):
        return Fault(kind=kind, action=action, status=int(value), left=left)
    if action == "slow":
        wait_s = parse_duration(value).total_seconds()
        if wait_s <= LONGEST_SLOW_S:
            return Fault(kind=kind, action=action, wait_s=wait_s, left=left)
    raise BadInput(f"{where}: kind {kind!r} is none of status:429, slow:2s (≤ 120 s), cut, lost-answer")


def _with_match(fault: Fault, match: Any, where: str) -> Fault:
    if not isinstance(match, Mapping) or set(match) - MATCH_KEYS:
        raise BadInput(f"{where}: match may hold {', '.join(sorted(MATCH_KEYS))}")
    skip = match.get("skip", 0)
    if not isinstance(skip, int) or isinstance(skip, bool) or skip < 0:
        raise BadInput(f"{where}: skip must be a whole number")
    for key in MATCH_KEYS - {"skip"}:
        if not isinstance(match.get(key, ""), str):
            raise BadInput(f"{where}: match.{key} must be a string")
    fault.platform, fault.path, fault.body = match.get("platform"), match.get("path"), match.get("body")
    fault.method = match["method"].upper() if "method" in match else None
    fault.skip = skip
    return fault


def _path_matches(pattern: str, path: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern) if "*" in pattern else pattern in path
