"""The page of what is covered names every route of both platforms, every setting of Feishu, and no others."""

import ast
import re
from pathlib import Path

import pytest

from sandbox import app
from sandbox.feishu.settings import DEFAULTS

PAGE = (Path(__file__).parents[2] / "sandbox" / "COVERAGE.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([A-Z]+) \| `([^`]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


def section(title):
    return PAGE.partition(f"## {title}")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("title", "platform"), [("飞书", "feishu"), ("钉钉", "dingtalk")])
async def test_every_route_has_its_row(title, platform):
    town = app.build_town()
    routes = sorted((route.method, route.path) for route in town.platforms[platform].routes())
    assert sorted(ROW.findall(section(title))) == routes
    await town.clock.close()


def test_every_setting_of_feishu_has_its_row_with_its_default():
    rows = dict(re.findall(r"^\| `(feishu\.\w+)` \| `(.*?)` \| .+ \|$", section("飞书"), re.MULTILINE))
    assert {key: ast.literal_eval(value) for key, value in rows.items()} == DEFAULTS
