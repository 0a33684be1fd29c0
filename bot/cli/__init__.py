"""命令行 (command line): one module per family of commands, imported only when one of them is asked for.

Exit codes: 0 done, 1 failed, 2 wrong input, 3 nothing done because a guard or a lock refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.cli import texts

DONE, FAILED, WRONG_INPUT, GUARDED = range(4)


class Stop(Exception):
    """A command ends here: the sentence for the person, and the exit code."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Command:
    """A command and where it lives: ``bot.cli.check:check``, a function or an ``App`` of its own."""

    name: str
    where: str
    help: str
    panel: str


COMMANDS: tuple[Command, ...] = (
    Command("init", "bot.cli.init:init", texts.init.INIT, texts.check.CHECK_PANEL),
    Command("check", "bot.cli.check:check", texts.check.CHECK, texts.check.CHECK_PANEL),
    Command("doctor", "bot.cli.doctor:doctor", texts.doctor.DOCTOR, texts.check.CHECK_PANEL),
    Command("plan", "bot.cli.plan:plan", texts.workspace.PLAN, texts.workspace.WORKSPACE_PANEL),
    Command("apply", "bot.cli.apply:apply", texts.workspace.APPLY, texts.workspace.WORKSPACE_PANEL),
    Command("adopt", "bot.cli.adopt:adopt", texts.workspace.ADOPT, texts.workspace.WORKSPACE_PANEL),
    Command("release", "bot.cli.adopt:release", texts.workspace.RELEASE, texts.workspace.WORKSPACE_PANEL),
    Command("run", "bot.cli.run:run", texts.running.RUN, texts.running.RUN_PANEL),
    Command("pilot", "bot.cli.pilot:app", texts.pilot.PILOT, texts.pilot.PILOT_PANEL),
    Command("rehearse", "bot.cli.rehearse:rehearse", texts.pilot.REHEARSE, texts.pilot.PILOT_PANEL),
    Command("brief", "bot.cli.brief:brief", texts.pilot.BRIEF, texts.pilot.PILOT_PANEL),
    Command("explain", "bot.cli.explain:explain", texts.running.EXPLAIN, texts.running.LOOK_PANEL),
    Command("outbox", "bot.cli.outbox:app", texts.running.OUTBOX, texts.running.LOOK_PANEL),
    Command("poll", "bot.cli.poll:app", texts.polls.POLL, texts.running.LOOK_PANEL),
    Command("audit", "bot.cli.audit:app", texts.running.AUDIT, texts.running.LOOK_PANEL),
    Command("backup", "bot.cli.backup:backup", texts.copies.BACKUP, texts.copies.KEEP_PANEL),
    Command("restore", "bot.cli.restore:restore", texts.copies.RESTORE, texts.copies.KEEP_PANEL),
    Command("version", "bot.cli.version:version", texts.check.VERSION, texts.words.OTHER_PANEL),
)
"""In the order of the help page; panels appear where their first command does."""
