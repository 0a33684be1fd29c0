"""The documented file is a right one, and no key is missing from it or from the page about it."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from bot.config import load, schema
from bot.rulesets import ruleset

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "config.example.toml").read_text("utf-8")
WHOLE = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE, flags=re.MULTILINE)
"""With the keys that an ordinary installation leaves commented out."""


class Environ(dict):
    """Every variable is set."""

    def get(self, name, default=None):
        return f"value-of-{name}"


@pytest.fixture(params=["as it is", "with every key"])
def example(request, tmp_path):
    (tmp_path / "config.toml").write_text(EXAMPLE if request.param == "as it is" else WHOLE, "utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "dingtalk").write_text("a secret\n")
    return tmp_path / "config.toml"


def keys(value, prefix=""):
    if isinstance(value, list):
        for each in value:
            yield from keys(each, prefix)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield prefix + key
            yield from keys(inner, f"{prefix}{key}.")


def test_the_example_is_right(example):
    loaded = load.load(example, Environ())
    assert loaded.config.platforms == ("feishu", "dingtalk")


def test_the_example_shows_every_key():
    assert set(schema.every_key()) - set(keys(tomllib.loads(WHOLE))) == set()


def test_the_page_about_the_configuration_names_every_key():
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    missing = [key for key in schema.every_key() if not re.search(rf"\b{key.rpartition('.')[2]}\b", page)]
    assert missing == []


def test_the_page_shows_a_default_that_is_the_default():
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]+)` \|", page, flags=re.MULTILINE)
    assert len(rows) > 30
    for key, shown in rows:
        field = schema.field_at(tuple(key.split(".")))
        assert field is not None, key
        default = field.get_default(call_default_factory=True)
        assert _toml(default) == shown, key


def _toml(value):
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value:%H:%M}"' if hasattr(value, "hour") else str(value)


def test_the_rules_get_their_settings_from_the_file(example):
    rules = ruleset(load.load(example, Environ()).config)
    assert rules.mentions.all_up_to == 20
    assert rules.work_hours.longest_hold_days == 14
    assert rules.important_tag.per_author_per_week == 5
    assert rules.repetition.within_hours == 24


def test_nought_means_no_limit(tmp_path):
    text = EXAMPLE.replace("per_author_per_week = 5", "per_author_per_week = 0")
    text = text.replace("urgent_per_author_per_month = 10", "urgent_per_author_per_month = 0")
    (tmp_path / "config.toml").write_text(text.replace('"file:secrets/dingtalk"', '"${S}"'), "utf-8")
    rules = ruleset(load.load(tmp_path / "config.toml", Environ()).config)
    assert rules.important_tag.per_author_per_week is None
    assert rules.work_hours.urgent_per_author_per_month is None


def test_the_folder_of_the_example_needs_nothing_else(example):
    shutil.rmtree(example.parent / "secrets")
    with pytest.raises(load.ConfigProblems) as caught:
        load.load(example, Environ())
    assert [it.key for it in caught.value.problems] == ["dingtalk.client_secret"]
