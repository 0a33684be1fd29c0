"""Options that several commands share (共用参数)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bot.cli import texts

ConfigFile = Annotated[Path | None, Parameter(name=["--config", "-c"], help=texts.words.CONFIG)]
