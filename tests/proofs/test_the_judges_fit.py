"""The proofs hook into the program from outside: whoever moves a room sees here what they hold on to."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.proofs import bar, mutants
from tests.proofs.rig import ROOT


def test_every_stage_at_which_the_bot_is_killed_is_still_there() -> None:
    program = (
        'from tests.proofs import fuses; fuses.arm({"FUSE": "I1:x", "FULL": "/nowhere", "PLANT": "normal"})'
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("plant", mutants.PLANTS, ids=lambda plant: plant.name)
def test_a_defect_can_still_be_planted(plant: mutants.Plant) -> None:
    assert (ROOT / plant.file).read_text(encoding="utf-8").count(plant.old) >= 1


def test_there_are_two_dozen_of_them() -> None:
    assert len({plant.name for plant in mutants.PLANTS}) == 24


def test_every_figure_of_the_page_is_taken_from_the_evidence() -> None:
    evidence = json.loads((ROOT / "docs" / "evidence" / f"{bar.version()}.json").read_text(encoding="utf-8"))
    found = bar.figures(bar.PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 12
    assert [(part, name, said) for said, part, name in found if said != str(evidence[part][name])] == []


def test_the_evidence_says_that_everything_held() -> None:
    evidence = json.loads((ROOT / "docs" / "evidence" / f"{bar.version()}.json").read_text(encoding="utf-8"))
    assert [name for name in bar.PARTS if name in evidence and not evidence[name]["held"]] == []
