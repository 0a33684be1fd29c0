"""The proofs hook into the program from outside: whoever moves a room sees here what they hold on to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.proofs import bar, changes, crash, plants, progress
from tests.proofs.rig import ROOT


@pytest.mark.parametrize("fuse", ["I1:x", "V5:0"])
def test_every_stage_at_which_the_bot_is_killed_is_still_there(fuse: str) -> None:
    environment = {"FUSE": fuse, "FULL": "/nowhere", "PLANT": "normal"}
    program = f"from tests.proofs import fuses; fuses.arm({environment})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("plant", plants.PLANTS, ids=lambda plant: plant.name)
def test_a_defect_can_still_be_planted(plant: plants.Plant) -> None:
    text = (ROOT / plant.file).read_text(encoding="utf-8")
    for old, new in plant.edits:
        assert old in text
        text = text.replace(old, new)
    compile(text, plant.file, "exec")


def test_the_two_dozen_of_the_bar_are_among_them() -> None:
    assert len({plant.name for plant in plants.NAMED}) == 24
    assert len({plant.name for plant in plants.PLANTS}) == len(plants.PLANTS)


def test_every_stage_is_reached_as_often_as_every_other_on_both_platforms_and_in_every_weather() -> None:
    sessions = crash.deck(1000)
    met = [(stage, weather, one.platform) for one in sessions for stage, weather in one.points]
    assert set(Counter(stage for stage, _, _ in met).values()) == {40}
    assert set(Counter((stage, platform) for stage, _, platform in met).values()) == {20}
    for stage in crash.STAGES:
        weathers = changes.WEATHER if crash.kind_of(stage) == "apply" else crash.WEATHER
        assert {(w, p) for s, w, p in met if s == stage} == {
            (weather, platform) for weather in weathers for platform in ("feishu", "dingtalk")
        }


def test_every_figure_of_the_page_is_taken_from_the_evidence() -> None:
    evidence = json.loads((ROOT / "docs" / "evidence" / f"{bar.version()}.json").read_text(encoding="utf-8"))
    found = bar.figures(bar.PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 12
    assert [(where, said) for said, where in found if said != bar.figure(evidence, where)] == []


def test_the_evidence_says_that_everything_held() -> None:
    evidence = json.loads((ROOT / "docs" / "evidence" / f"{bar.version()}.json").read_text(encoding="utf-8"))
    assert [name for name in bar.PARTS if name in evidence and not evidence[name]["held"]] == []


def test_a_part_that_fails_is_written_down_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    monkeypatch.setattr(bar, "ROOT", tmp_path)
    monkeypatch.setattr(bar, "PAGE", tmp_path / "docs" / "reliability.md")
    monkeypatch.setattr(bar, "version", lambda: "0")
    parts = {"gone": bar.Part.proof("gone", "points", 1, 1), "there": bar.Part("days", 2, 1, "calendar {n}")}
    monkeypatch.setattr(bar, "PARTS", parts)
    monkeypatch.setattr(sys, "argv", ["bar"])
    assert bar.main() == 1
    evidence = json.loads((tmp_path / "docs" / "evidence" / "0.json").read_text(encoding="utf-8"))
    assert (evidence["gone"]["held"], evidence["there"]["held"]) == (False, True)


def test_progress_counts_what_workers_did_and_guesses_the_rest() -> None:
    progress.begin("points", 40)
    try:
        worker = [sys.executable, "-c", "from tests.proofs import progress; progress.tick(); progress.tick()"]
        for _ in range(2):
            subprocess.run(worker, check=True, cwd=ROOT)
        assert Path(os.environ[progress.TALLY]).stat().st_size == 4
    finally:
        progress.end()
    assert progress.line("points", 0, 40, 30) == "0/40 points · 30 s"
    assert progress.line("points", 10, 40, 120) == "10/40 points · 2 min · about 6 min more"
    assert progress.line("points", 40, 40, 61) == "40/40 points · 61 s"
    progress.tick()
    assert progress.TALLY not in os.environ
