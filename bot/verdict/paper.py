"""Word 文档 (paper): the same report for those who file it; needs the reports extra."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from bot.verdict import font
from policies.rates import Met
from policies.verdict import Report
from policies.wording import rates, verdict_page

_FONT = "Microsoft YaHei"
COLUMNS = 5
_COLOURS = {Met.MET: "#2f7d4f", Met.MISSED: "#b3423a", Met.OPEN: "#b7791f"}


def write(report: Report, to: Path) -> None:
    """Raises ``OSError`` where it cannot be written, ``ImportError`` without the extra."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Cm

    document = Document()
    style = document.styles["Normal"]
    style.font.name = _FONT
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    document.add_heading(verdict_page.title(report), level=0)
    document.add_paragraph(verdict_page.subtitle(report))
    document.add_heading(verdict_page.DECISION, level=1)
    document.add_paragraph(verdict_page.decision(report)).runs[0].bold = True
    document.add_paragraph(rates.RULE)
    for one in verdict_page.summary(report):
        document.add_paragraph(one, style="List Bullet")
    document.add_heading(verdict_page.FIGURES, level=1)
    document.add_picture(_intervals(report), width=Cm(15.5))
    document.add_paragraph(verdict_page.INTERVALS)
    _table(document, report)
    document.add_heading(verdict_page.MEANING, level=1)
    for figure in report.figures:
        document.add_paragraph(verdict_page.meaning(figure, report.in_time), style="List Bullet")
    for heading, words in (
        (verdict_page.STANDINGS, (_standings(report), verdict_page.STANDINGS_CAPTION)),
        (verdict_page.CLASSES, (_classes(report), verdict_page.stopped(report))),
        (verdict_page.TICKETS, (verdict_page.tickets(report),)),
    ):
        document.add_heading(heading, level=1)
        for one in words:
            document.add_paragraph(one)
    if report.advice:
        document.add_heading(verdict_page.ADVICE, level=1)
        for one in verdict_page.advice(report):
            document.add_paragraph(one, style="List Bullet")
    document.add_heading(verdict_page.CAUTION, level=1)
    for one in verdict_page.cautions(report):
        document.add_paragraph(one, style="List Bullet")
    document.save(str(to))


def _table(document: Any, report: Report) -> None:
    """What is long stands below it: seven columns are too many for a sheet of paper."""
    heads = verdict_page.HEADS[:COLUMNS]
    table = document.add_table(rows=1, cols=COLUMNS, style="Light Grid Accent 1")
    for cell, words in zip(table.rows[0].cells, heads, strict=True):
        cell.text = words
    for one in report.figures:
        for cell, words in zip(
            table.add_row().cells, verdict_page.row(one, report.in_time)[:COLUMNS], strict=True
        ):
            cell.text = words


def _standings(report: Report) -> str:
    readers = report.readers
    parts = (readers.read, readers.unread, readers.unknown, readers.left)
    named = zip(verdict_page.STANDING_NAMES, parts, strict=True)
    return " · ".join(f"{name} {n}/{readers.all}" for name, n in named)


def _classes(report: Report) -> str:
    rows = verdict_page.classes(report)
    return " · ".join(f"{name} {n}" for name, n in rows) or verdict_page.NO_CLASSES


def _intervals(report: Report) -> io.BytesIO:
    """The bars as a picture, in the font that comes with the extra."""
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    source = font.file()
    chinese = font_manager.FontProperties(fname=str(source)) if source else font_manager.FontProperties()
    figure = Figure(figsize=(7.2, 2.6), dpi=150)
    axes = figure.subplots()
    for nth, one in enumerate(reversed(report.figures)):
        low, high = one.rate.low * 100, one.rate.high * 100
        axes.barh(nth, max(high - low, 0.6), left=low, color=_COLOURS[one.met], height=0.55)
        axes.vlines(one.goal, nth - 0.42, nth + 0.42, color="#222", linewidth=2)
    names = [rates.NAMES[one.criterion] for one in reversed(report.figures)]
    axes.set_yticks(range(len(names)), names, fontproperties=chinese)
    axes.set_xlim(0, 101)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    out = io.BytesIO()
    figure.savefig(out, format="png")
    out.seek(0)
    return out
