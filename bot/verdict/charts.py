"""图 (charts): small drawings as SVG text, without a script and without anything from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from policies.rates import Met
from policies.verdict import Report
from policies.wording import rates, verdict_page

WIDTH = 520
"""So narrow that the words in it can be read on a phone."""
COLOURS = {Met.MET: "#2f7d4f", Met.MISSED: "#b3423a", Met.OPEN: "#b7791f"}
PARTS = ("#2f7d4f", "#b3423a", "#b9b4a8", "#dcd8cf")
BAR = "#3d6a96"
MOST_LABELS_APART = 32
"""Of two dates under their bars, so that a pilot of three months can be read too."""


def intervals(report: Report) -> str:
    """One bar for each criterion, from what is known to what is possible; a line for its goal."""
    step = 62
    found = []
    for nth, one in enumerate(report.figures):
        y = 4 + nth * step
        start, end = WIDTH * one.rate.low, WIDTH * one.rate.high
        goal = WIDTH * one.goal / 100
        said = f"{rates.value(one)}　{rates.verdict(one)}"
        found += [
            _text(0, y + 15, rates.NAMES[one.criterion], size=15),
            _text(WIDTH, y + 15, said, anchor="end", size=15),
            f'<rect x="0" y="{y + 24}" width="{WIDTH}" height="20" fill="#efece4"/>',
        ]
        if one.rate.all:
            found.append(
                f'<rect x="{min(start, WIDTH - 4):.1f}" y="{y + 24}" width="{max(end - start, 4):.1f}" '
                f'height="20" fill="{COLOURS[one.met]}"/>'
            )
        found.append(
            f'<line x1="{goal:.1f}" y1="{y + 20}" x2="{goal:.1f}" y2="{y + 48}" stroke="#222" stroke-width="2"/>'
        )
    return _svg(4 + step * len(report.figures), found, verdict_page.FIGURES)


def days(report: Report, days_off: Sequence[date] = ()) -> str:
    """A bar a day for everybody's copies, a dot for the one who got the most."""
    every = report.days
    if not every:
        return ""
    height, foot = 180, 150
    step = (WIDTH - 10) / len(every)
    each = max(1, round(MOST_LABELS_APART / step))
    most = max(max((one.notices for one in every), default=0), 1)
    worst = max(max((one.most for one in every), default=0), 1)
    found = []
    for nth, one in enumerate(every):
        x = 5 + nth * step
        if one.day in days_off:
            found.append(f'<rect x="{x:.1f}" y="10" width="{step:.1f}" height="{foot - 10}" fill="#efece4"/>')
        tall = (foot - 30) * one.notices / most
        found.append(
            f'<rect x="{x + step * 0.2:.1f}" y="{foot - tall:.1f}" width="{step * 0.6:.1f}" '
            f'height="{tall:.1f}" fill="{BAR}"/>'
        )
        if one.notices and nth % each == 0:
            found.append(_text(x + step / 2, foot - tall - 6, str(one.notices), anchor="middle", size=12))
        if one.most:
            dot = foot - (foot - 30) * one.most / worst * 0.5
            found.append(f'<circle cx="{x + step / 2:.1f}" cy="{dot:.1f}" r="3.5" fill="#b7791f"/>')
        if nth % each == 0:
            label = f"{one.day.month}-{one.day.day:02}"
            found.append(_text(x + step / 2, foot + 18, label, anchor="middle", size=12))
    found.append(f'<line x1="0" y1="{foot}" x2="{WIDTH}" y2="{foot}" stroke="#555"/>')
    return _svg(height, found, verdict_page.DAYS)


def standings(report: Report) -> str:
    """Every copy in one of four parts, side by side."""
    readers = report.readers
    parts = (readers.read, readers.unread, readers.unknown, readers.left)
    if not readers.all:
        return ""
    found, x = [], 0.0
    for n, colour in zip(parts, PARTS, strict=True):
        wide = WIDTH * n / readers.all
        found.append(f'<rect x="{x:.1f}" y="4" width="{wide:.1f}" height="26" fill="{colour}"/>')
        x += wide
    x = 0.0
    for name, n, colour in zip(verdict_page.STANDING_NAMES, parts, PARTS, strict=True):
        found.append(f'<rect x="{x:.1f}" y="44" width="12" height="12" fill="{colour}"/>')
        found.append(_text(x + 18, 55, f"{name} {n}/{readers.all}"))
        x += WIDTH / 4
    return _svg(66, found, verdict_page.STANDINGS)


def classes(report: Report) -> str:
    """A bar for each class of complaints, the most frequent first."""
    rows = verdict_page.classes(report)
    if not rows:
        return ""
    most = max(n for _, n in rows)
    found = []
    for nth, (name, n) in enumerate(rows):
        y = 8 + nth * 30
        found += [
            _text(120, y + 15, name, anchor="end", size=15),
            f'<rect x="130" y="{y}" width="{(WIDTH - 180) * n / most:.1f}" height="20" fill="{BAR}"/>',
            _text(138 + (WIDTH - 180) * n / most, y + 15, str(n), size=15),
        ]
    return _svg(16 + 30 * len(rows), found, verdict_page.CLASSES)


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 14) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def _svg(height: float, parts: Sequence[str], label: str) -> str:
    inside = "".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    )
