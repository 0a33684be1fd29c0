"""``yizhan backup`` (备份): a copy of the living store, of one moment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bot.cli import DONE, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile


def backup(
    file: Annotated[Path, Parameter(help=texts.copies.BACKUP_FILE)], *, config: ConfigFile = None
) -> int:
    try:
        answer = call(config, "backup", {"file": str(file.absolute())})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    print(texts.copies.BACKED_UP.format(file=answer["file"], size=texts.copies.size(answer["bytes"])))
    return DONE
