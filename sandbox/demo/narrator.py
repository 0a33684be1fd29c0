"""The narrator (旁白): the demo as a talk on the terminal: scenes, speech, buttons, and what was checked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sandbox.demo.count import Figures

PACE = 0.6
"""Of the seconds that reading aloud would take."""
WIDEST = 100
NAME_WIDTH = 8
HANGING = "，。、；：？）〕”…"
"""Never at the beginning of a line: there is room for one beyond the end."""
_UNBROKEN = re.compile(r"〔[^〕]*〕|\d+月\d+日(?:（周.）)?|[\x21-\x7e–]+|.")
WEEKDAYS = "一二三四五六日"


def written(moment: datetime) -> str:
    """``9月8日（周二）21:40``."""
    return f"{moment.month}月{moment.day}日（周{WEEKDAYS[moment.weekday()]}）{moment:%H:%M}"


def folded(text: str, width: int) -> str:
    """Each line broken at ``width`` cells, between Chinese characters, words and whole buttons."""
    return "\n".join(piece for line in text.split("\n") for piece in _fold(line, width))


def _fold(line: str, width: int) -> list[str]:
    pieces = [""]
    for part in _UNBROKEN.findall(line):
        if cell_len(pieces[-1]) + cell_len(part) > width and part not in HANGING and pieces[-1]:
            pieces.append("")
        pieces[-1] += part if pieces[-1] else part.lstrip()
    return pieces


class Narrator:
    """Prints; with ``paced`` it waits after what has to be read, as somebody telling it would."""

    def __init__(self, *, paced: bool, console: Console | None = None) -> None:
        self._paced = paced
        self.console = console or Console(highlight=False)
        self.console.width = min(self.console.width, WIDEST) if self.console.is_terminal else WIDEST

    async def pause(self, seconds: float = 1.0) -> None:
        if self._paced:
            await asyncio.sleep(seconds * PACE)

    async def scene(self, title: str, moment: datetime | None = None) -> None:
        shown = f"{title} · {written(moment)}" if moment else title
        self.console.print()
        self.console.print(Rule(Text(shown, style="bold"), style="cyan", align="left"))
        await self.pause(0.6)

    async def speech(self, name: str, text: str) -> None:
        """A person says something."""
        self._row(name, Text(self._fold(text)), "bold green")
        await self.pause(0.9)

    async def card(self, text: str, buttons: Sequence[str] = ()) -> None:
        """The bot's answer, with what can be pressed below it."""
        lines = [line for line in text.split("\n") if line.strip()]
        shown = Text(self._fold("\n".join(lines)))
        if len(lines) > 1:
            shown.stylize("bold", 0, len(lines[0]))
        if buttons:
            shown.append("\n" + self._fold("".join(f"〔{label}〕" for label in buttons)), style="cyan")
        self._row("驿站", shown, "bold cyan")
        await self.pause(0.6 + 0.5 * len(lines))

    async def press(self, name: str, label: str) -> None:
        self._row(name, Text(f"按〔{label}〕", style="cyan"), "bold green")
        await self.pause(0.5)

    async def aside(self, text: str) -> None:
        """What the spectator should know, and nobody in the town says."""
        self._row("", Text(self._fold(text), style="dim"), "dim")
        await self.pause(0.8)

    async def command(self, written: str, lines: Sequence[str]) -> None:
        """What was typed at the machine, and what it printed."""
        self._row("$", Text(written), "bold")
        for line in lines:
            self.console.print(f"{' ' * (NAME_WIDTH + 1)}{line.strip()}", markup=False, soft_wrap=True)
        await self.pause(0.6 + 0.3 * len(lines))

    async def fact(self, text: str) -> None:
        """Something that was counted or compared, and holds."""
        self._row("✓", Text(self._fold(text)), "bold green")
        await self.pause(0.6)

    def failed(self, text: str) -> None:
        self._row("✗", Text(self._fold(text)), "bold red")

    def busy(self, text: str) -> AbstractContextManager[Any]:
        """While the block lasts, a sign of life (on a terminal only)."""
        return self.console.status(text, spinner="dots")

    def table(self, rows: Sequence[tuple[str, int, Figures]], total: Figures) -> None:
        """Every notice with its figures, and the sum."""
        table = Table(box=None, padding=(0, 2), header_style="bold", show_footer=True)
        table.add_column("通知", footer="合计")
        heads = ("应到", "收到", "丢失", "重复", "结果未知")
        sums = (sum(expected for _, expected, _ in rows), *_columns(total))
        for head, figure in zip(heads, sums, strict=True):
            table.add_column(head, justify="right", footer=str(figure))
        for title, expected, seen in rows:
            table.add_row(title, str(expected), *map(str, _columns(seen)))
        self.console.print(table)

    def _fold(self, text: str) -> str:
        return folded(text, self.console.width - NAME_WIDTH - 4)

    def _row(self, name: str, text: Text, style: str) -> None:
        shown = Text(" " * (NAME_WIDTH - cell_len(name)))
        shown.append(name, style=style).append(" ")
        indented = Text("\n" + " " * (NAME_WIDTH + 1)).join(text.split("\n"))
        self.console.print(shown.append(indented), soft_wrap=True)


def _columns(seen: Figures) -> tuple[int, int, int, int]:
    return seen.delivered, seen.lost, seen.doubled, seen.unknown
