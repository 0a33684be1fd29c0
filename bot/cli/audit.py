"""``yizhan audit`` (审计日志): whether its chain of hashes is whole."""

from __future__ import annotations

from cyclopts import App

from bot.cli import DONE, FAILED, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile

app = App(name="audit", help=texts.running.AUDIT, help_flags=["--help", "-h"], version_flags=[])


@app.command(help=texts.running.AUDIT_VERIFY)
def verify(*, config: ConfigFile = None) -> int:
    try:
        answer = call(config, "audit.verify", {})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if answer["broken_at"] is not None:
        print(texts.running.AUDIT_BROKEN.format(line=answer["broken_at"], lines=answer["lines"]))
        return FAILED
    print(texts.running.AUDIT_WHOLE.format(lines=answer["lines"], head=answer["head"][:16]))
    return DONE
