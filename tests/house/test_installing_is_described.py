"""The pages on installing name every permission and every variable, and the files of deploy/ hold what they promise."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest

from adapters.dingtalk import cards
from adapters.dingtalk import codec as dingtalk_codec
from adapters.dingtalk import scopes as dingtalk
from adapters.feishu import codec as feishu_codec
from adapters.feishu import scopes as feishu
from bot.abilities import ALWAYS
from policies.card import Card

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("permission", feishu.PERMISSIONS, ids=lambda one: one.name)
def test_every_scope_of_feishu_is_named(permission):
    assert f"`{permission.name}`" in page("install-feishu.md")


@pytest.mark.parametrize("permission", dingtalk.PERMISSIONS, ids=lambda one: one.name)
def test_every_permission_of_dingtalk_is_named(permission):
    assert f"`{permission.name}`" in page("install-dingtalk.md")


def test_the_events_of_feishu_are_those_that_we_understand():
    named = set(re.findall(r"`((?:im|contact|card)\.[a-z_.]+(?:_v\d|\.trigger))`", page("install-feishu.md")))
    assert named == set(feishu_codec._DECODERS)


def test_the_events_of_dingtalk_are_those_that_we_understand_but_for_the_dear_one():
    named = set(re.findall(r"`((?:user|org|chat|robot)_[a-z_]+)`", page("install-dingtalk.md")))
    understood = {
        *dingtalk_codec._CHAT_WORDS,
        *dingtalk_codec._PEOPLE_EVENTS,
        *dingtalk_codec._DEPARTMENT_EVENTS,
        "user_leave_org",
        "robot_msg_read",
    }
    assert named - {"robot_code"} == understood
    assert "不要勾“机器人消息已读”（`robot_msg_read`）" in page("install-dingtalk.md")


def test_the_list_to_paste_is_what_is_always_needed():
    (pasted,) = re.findall(r"```json\n(.*?)```", page("install-feishu.md"), re.DOTALL)
    needed = [one.name for one in feishu.PERMISSIONS if one.serves in ALWAYS]
    assert sorted(json.loads(pasted)["scopes"]["tenant"]) == sorted(needed)


def test_every_variable_of_the_card_is_named():
    text = page("dingtalk-card.md")
    names = cards.variables(Card(title="x")).keys()
    assert len(names) == 25
    missing = [name for name in names if f"`{name}`" not in text and not re.match(r"b[2-5]_", name)]
    assert missing == []
    assert f"`{cards.PRESS_PARAMETER}`" in text


@pytest.mark.parametrize(
    "line",
    [
        "ARG PYTHON_IMAGE=python:3.11-slim",
        "FROM ${PYTHON_IMAGE} AS build",
        "ARG PIP_INDEX_URL=",
        "USER 10001:10001",
        'VOLUME ["/data"]',
        "STOPSIGNAL SIGTERM",
    ],
)
def test_the_image_is_small_and_nobodys_root(line):
    assert line in dockerfile()


def dockerfile() -> list[str]:
    return (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()


def test_the_image_has_two_stages_and_looks_after_itself():
    lines = dockerfile()
    assert sum(line.startswith("FROM ") for line in lines) == 2
    assert lines[-1] == 'CMD ["run"]'
    assert any(line.startswith("HEALTHCHECK") and '"doctor", "--quick"' in line for line in lines)
    assert any("TZ=Asia/Shanghai" in line for line in lines)
    assert any("--require-hashes" in line for line in lines)
    assert "://" not in "\n".join(lines)


def service(name: str) -> str:
    """The lines under one service of the compose file, by their indentation."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert "\t" not in text
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_compose_runs_the_bot_alone_and_keeps_secrets_in_files():
    bot = service("bot")
    assert "profiles" not in bot
    for line in ("restart: unless-stopped", "read_only: true", "max-size: 20m", "- feishu_app_secret"):
        assert line in bot
    assert "profiles: [postgres]" in service("postgres")
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(?i)(?:secret|password): \S", text) == []
    assert text.count("file: ./secrets/") == 3


def test_the_unit_shuts_the_doors_it_does_not_need():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "yizhan.service", encoding="utf-8")
    own = unit["Service"]
    wanted = {
        "Type": "simple",
        "DynamicUser": "yes",
        "StateDirectory": "yizhan",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "NoNewPrivileges": "yes",
        "Restart": "on-failure",
        "RestartPreventExitStatus": "2 3",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
    }
    assert {name: own[name] for name in wanted} == wanted
    assert own["ExecStart"].startswith("/opt/yizhan/bin/yizhan run --config ${CREDENTIALS_DIRECTORY}")
    credentials = re.findall(
        r"^LoadCredential=(\S+):(\S+)$", (DEPLOY / "yizhan.service").read_text("utf-8"), re.MULTILINE
    )
    assert all(path == f"/etc/yizhan/{name}" for name, path in credentials)
    assert unit["Install"]["WantedBy"] == "multi-user.target"
