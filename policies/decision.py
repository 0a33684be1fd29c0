"""裁定与决定 (verdict, decision): what the rules found, and what follows from all of it together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from policies.model import PersonId, Recipient, Scalar


class Verdict(IntEnum):
    """放行 < 提醒 < 暂缓 < 送审 < 拒绝; the strictest of all findings wins."""

    ALLOW = 0
    REMIND = 1
    HOLD = 2
    REVIEW = 3
    REFUSE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """出路: a smallest change that would pass, as something to press.

    Attributes:
        id: stable within one decision; what ``engine.apply_fix`` understands, e.g. ``mention:feishu:ou_1``.
        label: what the button says; filled by wording, ``""`` inside rules.
        change: the change itself as plain values, kept with the button's row.
        verdict: what the announcement would be judged with this fix applied; filled by ``explain``.
    """

    id: str
    label: str = ""
    change: Mapping[str, Scalar] = field(default_factory=dict)
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """判定: what one rule has to say."""

    rule: str
    verdict: Verdict
    evidence: Mapping[str, Scalar] = field(default_factory=dict)
    hold_until: datetime | None = None
    reviewers: tuple[PersonId, ...] = ()
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """批次: recipients whose copies become due at the same moment (``None``: at once)."""

    recipients: tuple[Recipient, ...]
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """决定: the strictest verdict, every finding, and who would get it when.

    Attributes:
        offered: the ways out that were tried and found weaker, best first; ``None`` before ``engine.explain``.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    parts: tuple[Part, ...] = ()
    offered: tuple[Fix, ...] | None = None

    @property
    def hold_until(self) -> datetime | None:
        """The earliest moment of a held part, or ``None`` when somebody gets it at once."""
        moments = [part.not_before for part in self.parts]
        if not moments or None in moments:
            return None
        return min(moment for moment in moments if moment is not None)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What may be pressed: the tried ways after ``explain``, before it whatever the rules proposed."""
        if self.offered is not None:
            return self.offered
        return tuple(fix for finding in self.findings for fix in finding.fixes)


def decide(findings: Iterable[Finding], parts: tuple[Part, ...] = ()) -> Decision:
    """Strictest wins, all findings are kept, strictest first; equal ones keep their order."""
    ordered = tuple(sorted(findings, key=lambda finding: -finding.verdict))
    return Decision(
        verdict=ordered[0].verdict if ordered else Verdict.ALLOW,
        findings=ordered,
        parts=parts,
    )
