"""The page of what is covered names every call and every setting of DingTalk, and no others."""

import re
import sys
from pathlib import Path

import vendor_models
from dingtalk_town import living_corp

from sandbox.dingtalk.line import PATH
from sandbox.dingtalk.settings import DEFAULTS

PAGE = (Path(__file__).parents[3] / "sandbox" / "COVERAGE.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## 钉钉")[2].partition("\n## ")[0]


async def test_every_call_has_its_row():
    async with living_corp() as corp:
        routes = {(api.method, api.path) for api in corp.ding.apis()} | {("GET", PATH)}
    rows = re.findall(
        r"^\| (GET|POST|PUT|DELETE) \| `([^`]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", SECTION, re.MULTILINE
    )
    assert (set(rows), len(rows)) == (routes, len(routes))


def test_every_setting_has_its_row_with_its_default():
    rows = dict(re.findall(r"^\| `(dingtalk\.\w+)` \| `(.*)` \| .+ \|$", SECTION, re.MULTILINE))
    assert set(rows) == set(DEFAULTS)
    assert {key: eval(value) for key, value in rows.items()} == DEFAULTS


async def test_every_call_of_the_new_host_is_one_of_the_vendors_client():
    async with living_corp() as corp:
        calls = [(api.method, re.sub(r"\{\w+\}", "x", api.path)) for api in corp.ding.apis() if api.is_new]
    assert [call for call in calls if vendor_models.action_of(*call) is None] == []


def test_the_judge_borrows_nothing_from_the_judged():
    home = Path(vendor_models.__file__).parents[3] / "sandbox" / "dingtalk"
    roots = {
        name.partition(".")[0]
        for file in home.glob("*.py")
        for name in re.findall(
            r"^\s*(?:from|import) ([\w.]+)", file.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert roots - set(sys.stdlib_module_names) == {"aiohttp", "Crypto", "sandbox"}
