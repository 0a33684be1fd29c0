"""Starts the bot so that it dies by SIGKILL at one chosen point; the product itself knows nothing of it.

``KILL_AT=<stage>[:<how often to let it pass first>]``. The whole process group dies, children included.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # what these tests stand beside, not what is installed

from tests.proofs.fuses import around, die


class Fuse:
    """Burns when its stage is reached for the n-th time."""

    def __init__(self, written: str) -> None:
        self.stage, _, passes = written.partition(":")
        self.left = int(passes or 0)

    def reached(self, stage: str) -> None:
        if stage != self.stage:
            return
        if self.left == 0:
            die()
        self.left -= 1


def arm(fuse: Fuse) -> None:
    from bot.delivery import Delivery
    from bot.intake import Intake
    from bot.worker import Worker

    def is_notice(row: Any) -> bool:
        return bool(row.entry.announcement) or row.entry.step == "digest"

    around(Intake, "_persist", after=lambda *_: fuse.reached("persisted"))
    around(Worker, "_take", before=lambda *_: fuse.reached("acknowledged"))
    around(Intake, "_press", after=lambda *_: fuse.reached("decided"))

    from adapters.dingtalk.groups import DingTalkGroups
    from adapters.feishu.groups import FeishuGroups
    from bot.workspace.apply import _Work

    around(_Work, "_perform", before=lambda *_: fuse.reached("before-change"))
    around(_Work, "_perform", after=lambda *_: fuse.reached("change-made"))
    for door in (FeishuGroups, DingTalkGroups):
        around(door, "create", after=lambda *_: fuse.reached("group-made"))

    def carrying(_: Any, row: Any, *__: Any) -> None:
        if is_notice(row):
            fuse.reached("before-send")

    def arrived(_: Any, row: Any, *__: Any) -> None:
        if is_notice(row):
            fuse.reached("after-send")

    def marked(_: Any, row: Any, *__: Any) -> None:
        if is_notice(row):
            fuse.reached("receipt")

    from bot.ballots import close
    from bot.ballots.keys import KeyFolder

    around(close, "_counted", after=lambda *_: fuse.reached("close-counted"))
    around(close, "forget", before=lambda *_: fuse.reached("close-written"))
    destroy = KeyFolder.destroy

    def destroying(self: Any, run: str) -> bool:
        fuse.reached("close-emptied")
        return destroy(self, run)

    KeyFolder.destroy = destroying  # type: ignore[method-assign]
    around(Delivery, "_carry", before=carrying)
    around(Delivery, "_sent", before=arrived, after=marked)


def main() -> int:
    arm(Fuse(os.environ["KILL_AT"]))
    from bot.__main__ import main as run

    result = run()
    return int(result or 0)


if __name__ == "__main__":
    sys.exit(main())
