"""The page of what is covered lists every switch of the town with its default, and no others."""

import re
from pathlib import Path

from core_town import living_town

PAGE = (Path(__file__).parents[2] / "sandbox" / "COVERAGE.md").read_text(encoding="utf-8")


async def test_the_page_lists_every_switch_with_its_default():
    rows = dict(re.findall(r"^\| `((?:feishu|dingtalk)\.\w+)` \| `(.*?)` \| .+ \|$", PAGE, re.MULTILINE))
    async with living_town() as talk:
        assert {key: eval(value) for key, value in rows.items()} == talk.town.settings.all()
