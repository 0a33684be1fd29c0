"""命令行的话 (texts): every Chinese sentence of the command line, a module per family; nothing else of bot/ holds one."""

from __future__ import annotations

from bot.cli.texts import check, copies, doctor, init, pilot, polls, running, words, workspace

__all__ = ["check", "copies", "doctor", "init", "pilot", "polls", "running", "words", "workspace"]
