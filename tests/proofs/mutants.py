"""``make mutants``: two dozen defects planted one at a time into a copy of the program; some command must find each of them.

The judges are judged: a planted defect that nobody finds means that a promise is not tested. Every plant is one piece
of text replaced by another; one that no longer fits the source is a failure too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.proofs import score
from tests.proofs.rig import ROOT

COPIED = (
    "bot",
    "adapters",
    "policies",
    "sandbox",
    "tests",
    "config.example.toml",
    "pyproject.toml",
    "docs",
    "Makefile",
    "README.md",
)
LONGEST_S = 420


@dataclass(frozen=True)
class Plant:
    """One defect: ``old`` becomes ``new`` in ``file``, and ``by`` must end with a failure."""

    name: str
    file: str
    old: str
    new: str
    by: str


CRASH = "tests.proofs.crash --points 40"
POWER = "tests.proofs.powerloss --points 24"
RESTORE = "tests.proofs.restore --runs 2"


def suite(where: str, only: str = "") -> str:
    """A test of the suite as the finder."""
    return f"pytest -q -x -p no:randomly {where}" + (f" -k '{only}'" if only else "")


PLANTS = (
    Plant("ack before commit", "bot/intake.py",
          "                fresh = await self._store.write_grouped(inbox.insert, entry)",
          "                fresh = 1\n                asyncio.get_running_loop().call_later(0.5, lambda: asyncio.ensure_future(self._store.write_grouped(inbox.insert, entry)))",
          CRASH),
    Plant("synchronous NORMAL", "bot/store/sqlite.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL", POWER),
    Plant("no UNIQUE in the inbox", "bot/store/inbox.py", '            "event_id": entry.event_id,\n            "cause": entry.cause,',
          '            "event_id": f"{entry.event_id}{id(entry)}",\n            "cause": f"{entry.cause}{id(entry)}",', suite("tests/bot/store/test_store_inbox.py")),
    Plant("key drawn at random", "bot/store/keys.py", "return hashlib", "import secrets\n    return secrets.token_hex(20) or hashlib", suite("tests/bot/store")),
    Plant("hold is not judged again", "bot/turns/due.py", "    if decision.verdict > Verdict.HOLD:", "    if False:", suite("tests/stories tests/bot", "left or again or changed or hours")),
    Plant("timer fires twice", "bot/pipeline.py", "    if not timers.done(conn, timer.key, timer.due_at):\n        return False\n", "    timers.done(conn, timer.key, timer.due_at)\n", suite("tests/bot/store tests/stories tests/ha", "timer or twice or both")),
    Plant("a timer's key without its moment", "bot/store/timers.py", 'index_elements=["key", "due_at"]', 'index_elements=["key"]', suite("tests/bot/store")),
    Plant("DingTalk repeated after a lost answer", "adapters/dingtalk/adapter.py", "            return KeyUse.PROBE_FIRST\n        return KeyUse.SAME_KEY_AGAIN if all(api.may_repeat for api in apis) else KeyUse.NONE", "            return KeyUse.PROBE_FIRST\n        return KeyUse.SAME_KEY_AGAIN", CRASH),
    Plant("an orphan is simply sent again", "bot/delivery.py", '            await self._lost(row, OutcomeUnknown("the program ended before an answer was written"))', '            await self._again(row, Unavailable("the program ended"), 1.0)', CRASH),
    Plant("orphans are forgotten", "bot/delivery.py", "            await self._recover()\n", "", CRASH),
    Plant("marked sent before the answer", "bot/delivery.py", "                receipt = await self._adapter.send(effect, row.entry.key)", "                await self._sent(row, Receipt())\n                receipt = await self._adapter.send(effect, row.entry.key)", CRASH),
    Plant("retried after 51 minutes", "bot/delivery.py", "timedelta(seconds=self._adapter.capabilities.retry_window_s)", "timedelta(days=9)", suite("tests/stories/test_lost_answers.py tests/adapters tests/stories/test_lost_together.py")),
    Plant("no epoch check", "bot/store/attempts.py", "outbox.c.epoch == epoch, _no_newer_lease(epoch))\n        .values(state=state.value", "outbox.c.epoch >= 0)\n        .values(state=state.value", suite("tests/bot/store")),
    Plant("429 pauses every lane", "adapters/lanes.py", "        lane = self._lanes.get(name)\n", "        name = 'all'\n        lane = self._lanes.get(name)\n", suite("tests/adapters/test_lanes.py")),
    Plant("sends are repeated in two layers", "adapters/http.py", "        if arrival is not Arrival.NOT_SENT and not call.may_repeat:\n            return OutcomeUnknown(detail, call=call.name)\n", "", suite("tests/adapters/test_http.py")),
    Plant("grant checked only when asked", "bot/turns/due.py", "    author = _answers_for(scene, row)\n", "    author = scene.world.directory.person(row.announcement.author)\n", suite("tests/stories tests/attack", "left or leaves or leaver or gone or handed")),
    Plant("raw text into the card", "adapters/dingtalk/text.py", "def plain(text: str) -> str:", "def plain(text: str) -> str:\n    return text\n\n\ndef _plain(text: str) -> str:", suite("tests/adapters/dingtalk/test_text.py")),
    Plant("no NFKC", "policies/tags.py", '"NFKC"', '"NFC"', suite("tests/policies")),
    Plant("restore without quarantine", "bot/store/copies.py", "    rows = waiting.quarantine(conn)", "    rows = 0", RESTORE),
    Plant("restored events judged again", "bot/store/copies.py", "        .values(state=InboxState.DEAD.value, note=RESTORED", "        .values(note=RESTORED", suite("tests/bot/store/test_store_copies.py")),
    Plant("watchdog off", "adapters/line.py", "if self._clock.tick_s() - child.heard_s > self._patience.silent_s:", "if False:", suite("tests/adapters/test_line.py")),
    Plant("another tenant is heard", "bot/intake.py", "        return event.tenant == self._tenants[platform]", "        return True", suite("tests/attack tests/stories/test_webhook.py")),
    Plant("secret in the address in a log", "adapters/redact.py", "def __call__(self, text: str) -> str:", "def __call__(self, text: str) -> str:\n        return text\n\n    def _call(self, text: str) -> str:", suite("tests/adapters/test_redact.py")),
    Plant("a yes at the opening waits for ever", "bot/turns/freshness.py", '    group = f"release:{row.announcement.id}:{int(moment.timestamp())}"', '    moment = scene.now\n    group = f"release:{row.announcement.id}:{int(moment.timestamp())}"', suite("tests/stories/test_before_a_long_rest.py", "yes")),
)  # fmt: skip


def found(plant: Plant, copy: Path) -> tuple[bool, str]:
    """Whether the command failed on the defect, and how it ended."""
    file = copy / plant.file
    sound = file.read_text(encoding="utf-8")
    if plant.old not in sound:
        return False, "the plant does not fit the source any more"
    file.write_text(sound.replace(plant.old, plant.new), encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(plant.by)],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True, "it hung"
    finally:
        file.write_text(sound, encoding="utf-8")
    tail = (done.stdout + done.stderr).strip().splitlines()
    if done.returncode not in (0, 1):
        return False, f"the finder itself failed with {done.returncode}: {tail[-1][:200] if tail else ''}"
    return done.returncode == 1, next(
        (one[:200] for one in tail if one.startswith(("FAILED", "E  "))), tail[-1] if tail else ""
    )


def main() -> int:
    number, seed, rest = score.asked("plants", len(PLANTS), __doc__ or "")
    only = next((one.partition("=")[2] for one in rest if one.startswith("--only=")), "")
    counted = score.Score("make mutants", seed)
    folder = Path(tempfile.mkdtemp(prefix="yizhan-mutants-"))
    try:
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        for plant in [one for one in PLANTS[:number] if only in one.name]:
            began_s = time.monotonic()
            is_found, how = found(plant, folder)
            counted.points += 1
            print(
                f"{'found' if is_found else 'MISSED'} {plant.name}: {how} ({time.monotonic() - began_s:.0f} s)",
                flush=True,
            )
            if not is_found:
                counted.fail(
                    f"{plant.name} was not found by {plant.by}: {how}", f"make mutants ONLY='{plant.name}'"
                )
        counted.more["found"] = counted.points - len(counted.failures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted.finish()


if __name__ == "__main__":
    sys.exit(main())
