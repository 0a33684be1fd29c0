"""``yizhan doctor`` against the town: what is missing, what to click, what can be given back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from village import Village, village

MANAGERS = {"im:chat": False, "im:chat.managers:write_only": False}


async def examined(place: Village, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, said = await place.run("doctor", "--json", *arguments)
    try:
        return code, json.loads(said)
    except ValueError:
        raise AssertionError(said) from None


def scopes(report: dict[str, Any], mark: str) -> set[str]:
    return {one["scope"] for one in report["findings"] if one["mark"] == mark and "scope" in one}


@pytest.mark.parametrize("living", [True, False], ids=["beside a living bot", "alone"])
async def test_a_revoked_scope_is_missing_until_it_is_given_again(tmp_path: Path, living: bool) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=living) as place:
        code, report = await examined(place)
        assert (code, report["missing"]) == (0, 0), report
        place.town.settings.update({"feishu.scopes": MANAGERS})
        code, said = await place.run("doctor")
        assert code == 1, said
        assert "✗ 缺权限 im:chat.managers:write_only —— 没有它，我设不了群管理员。" in said
        assert "开发者后台" in said
        assert "项要处理" in said.splitlines()[-1]
        place.town.settings.update({"feishu.scopes": {}})
        assert (await examined(place))[0] == 0


async def test_a_rule_that_is_switched_off_gives_its_scope_back(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=False) as place:
        place.town.settings.update({"feishu.scopes": {"im:message.group_msg": True}})
        before = place.config.read_text(encoding="utf-8")
        switch = '\n[privacy]\nnotice_published = 2026-09-01\nread_groups = ["研发部"]\n'
        place.config.write_text(before + switch, encoding="utf-8")
        code, on = await examined(place)
        assert code == 0
        assert "im:message.group_msg" not in scopes(on, "spare")
        place.config.write_text(before, encoding="utf-8")
        code, said = await place.run("doctor")
        assert code == 0, said
        assert "↩ 可收回 im:message.group_msg —— 现在没有任何规则用到它" in said
        place.config.write_text(before + switch, encoding="utf-8")
        place.town.settings.update({"feishu.scopes": {"im:message.group_msg": False}})
        code, missing = await examined(place)
        assert (code, scopes(missing, "missing")) == (1, {"im:message.group_msg"})


async def test_dingtalk_is_asked_by_reads_that_nobody_notices(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("dingtalk",), start_bot=False) as place:
        code, report = await examined(place)
        assert code == 0, report
        assert "deaf-in-groups" in {one["what"] for one in report["findings"]}
        place.town.settings.update(
            {"dingtalk.scopes": {"Card.Instance.Write": False, "qyapi_get_member": False}}
        )
        code, report = await examined(place)
        assert code == 1
        assert scopes(report, "missing") == {"Card.Instance.Write", "qyapi_get_member"}
        assert not place.town.log.get("dingtalk")


async def test_folders_on_dingtalk_need_permissions_of_their_own(tmp_path: Path) -> None:
    edit = '[[workspace.department]]\nname = "品控组"\nfolders = "部门/日期"\n'
    named = {"qyapi_chat_read", "ConvFile.Space.Read", "Storage.File.Read", "Storage.File.Write"}
    async with village(tmp_path, platforms=("dingtalk",), start_bot=False, edit=edit) as place:
        place.town.settings.update({"dingtalk.scopes": dict.fromkeys(named, True)})
        code, report = await examined(place)
        assert code == 0, report
        place.town.settings.update({"dingtalk.scopes": dict.fromkeys(named, False)})
        code, report = await examined(place)
        assert (code, scopes(report, "missing")) == (1, named)


async def test_a_wrong_secret_and_a_robot_that_is_off_are_told_apart(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=False) as place:
        place.town.settings.update({"feishu.bot_off": True})
        code, report = await examined(place)
        assert (code, whats(report)) == (1, {"robot-off"})
        place.town.settings.update({"feishu.bot_off": False})
        secret = next(tmp_path.glob("config.feishu.app_secret"))
        secret.write_text("CANARY-1", encoding="utf-8")
        code, report = await examined(place)
        assert (code, whats(report)) == (1, {"credentials-refused"})
        assert "CANARY" not in json.dumps(report)


async def test_a_narrow_contact_range_is_a_remark(tmp_path: Path, platform: str) -> None:
    async with village(tmp_path, platforms=(platform,), start_bot=False) as place:
        department = {"feishu": "研发部", "dingtalk": "苏州工厂"}[platform]
        place.town.settings.update({f"{platform}.contact_range": [department]})
        code, report = await examined(place)
        assert code == 0, report
        assert "narrow-range" in {one["what"] for one in report["findings"] if one["mark"] == "remark"}


async def test_quick_asks_no_platform_and_misses_a_bot_that_is_not_there(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",)) as place:
        asked = len(place.town.recorder.entries())
        code, report = await examined(place, "--quick")
        assert code == 0, report
        assert len(place.town.recorder.entries()) == asked
        await place.stop_the_bot()
        code, report = await examined(place, "--quick")
        assert (code, whats(report)) == (1, {"not-running"})


@pytest.mark.parametrize("living", [True, False], ids=["beside a living bot", "alone"])
async def test_a_trial_card_is_green_when_its_press_comes_back(
    tmp_path: Path, platform: str, living: bool
) -> None:
    async with village(tmp_path, platforms=(platform,), start_bot=living) as place:
        admin = place.person(platform, "周敏")
        asked = asyncio.create_task(examined(place, "--card", "--wait", "60"))
        async with asyncio.timeout(50):
            while not any("驿站试卡" in message.text for message in admin.heard()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        card = admin.card_with("我按了")
        action = next(one for one, shown in admin.platform.buttons(card) if shown == "我按了")
        await admin.platform.press(admin.person, card, action)
        code, report = await asked
        assert code == 0, report
        assert "card" in {one["what"] for one in report["findings"] if one["mark"] == "ok"}


async def test_a_trial_card_that_nobody_presses_is_missing(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",)) as place:
        code, report = await examined(place, "--card", "--wait", "1")
        assert (code, whats(report)) == (1, {"card-not-pressed"})


@pytest.mark.parametrize("living", [True, False], ids=["beside a living bot", "before the first start"])
async def test_whom_the_file_names_is_looked_up_in_the_company_itself(
    tmp_path: Path, platform: str, living: bool
) -> None:
    department = {"feishu": "研发部", "dingtalk": "设备部"}[platform]
    async with village(tmp_path, platforms=(platform,), start_bot=living) as place:
        code, said = await place.run("doctor")
        assert code == 0, said
        assert "处都在通讯录里" in said
        people = [one for one in place.town.people[platform].values() if one.active]
        people[-1].name = people[-2].name = "张三"
        written = place.config.read_text(encoding="utf-8").replace("admins = [", 'admins = ["王二麻子", ')
        written += f"""
[mentions]
all_allowed_for = ["张三", "head:{department[:-1]}步"]
"""
        place.config.write_text(written, encoding="utf-8")
        code, said = await place.run("doctor")
        assert code == 1, said
        assert said.splitlines()[-1].startswith("结论：3 项要处理")
        assert "company.admins" in said and "通讯录里没有“王二麻子”" in said
        assert "通讯录里有两位“张三”：" in said
        assert all(f"（{platform}:{one.id}）" in said for one in people[-2:])
        assert f"通讯录里没有“{department[:-1]}步”；你是不是想写 “{department}”" in said
        assert not (tmp_path / "data" / "yizhan.db").exists() or living


def whats(report: dict[str, Any]) -> set[str]:
    return {one["what"] for one in report["findings"] if one["mark"] == "missing"}
