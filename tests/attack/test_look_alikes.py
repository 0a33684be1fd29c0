"""What looks like 【重要】 is judged as 【重要】 by the living bot, and what does not is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from village import Village, village

from bot import control
from tests.policies.test_tags import clean_sentences, variants

pytestmark = pytest.mark.timeout(240)
FORGED, CLEAN = 100, 300
"""Of the five hundred and two thousand that the parser itself is shown."""


async def rules_that_speak(place: Village, text: str) -> set[str]:
    author = place.person("feishu", "李想").person.id
    asked = {"as": f"feishu:{author}", "to": "接口组", "at": "2026-09-08 10:00", "text": text}
    async for line in control.ask(place.folder / "data", "explain", asked):
        if "answer" in line:
            return {str(one["rule"]) for one in line["answer"]["findings"]}
    raise AssertionError("no answer")


async def test_no_look_alike_slips_past_the_living_bot_and_no_sentence_is_taken_for_one(
    tmp_path: Path,
) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00") as place:
        missed = [
            written
            for written in variants(FORGED)
            if "important-tag" not in await rules_that_speak(place, f"{written}明天停电")
        ]
        assert missed == []
        flagged = [
            sentence
            for sentence in clean_sentences(CLEAN)
            if "important-tag" in await rules_that_speak(place, sentence)
        ]
        assert flagged == []
