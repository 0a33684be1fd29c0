"""Whatever stands in the file, a person gets sentences about keys, never a traceback and never a secret."""

from __future__ import annotations

import copy
import datetime
from pathlib import Path

import tomlkit
from config_builders import SECRET
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cli import texts
from bot.config import load
from bot.config.problems import ConfigProblems

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "config.example.toml").read_text("utf-8").replace("file:secrets/dingtalk", "${SECRET}")


class Environ(dict):
    """Every variable is set to the secret."""

    def get(self, name, default=None):
        return SECRET


def places(value, path=()):
    for key in value if isinstance(value, dict) else range(len(value)):
        yield (*path, key)
        if isinstance(value[key], dict | list):
            yield from places(value[key], (*path, key))


PLACES = sorted(places(tomlkit.parse(EXAMPLE).unwrap()), key=str)
WORDS = [
    "",
    " ",
    "x",
    ":",
    "head:",
    "${",
    "${A}",
    "file:",
    "file:\0",
    "feishu:",
    "http://[",
    "postgresql://a:b@[/",
]
WORDS += ["sqlite:///", "127.0.0.1:x", "1:2:3", "\u5341\u70b9", "../..", "a" * 5000]
PLAIN = [0, -1, 10**30, 1.5, float("nan"), True]
TIMES = [datetime.date(2026, 1, 1), datetime.time(9), datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)]
NESTED = [[], [[]], [{}], {}, {"a": {"b": []}}, ["09:00", "25:00"], [1, "a"]]
ANYTHING = st.sampled_from([*WORDS, *PLAIN, *TIMES, *NESTED])


def explained(folder):
    """What the person reads; nothing when the file is right."""
    try:
        load.load(folder / "config.toml", Environ())
    except ConfigProblems as error:
        return [texts.check.problem(problem) for problem in error.problems]
    return []


def put(document, path, value):
    for part in path[:-1]:
        document = document[part]
    if isinstance(document, dict) and not isinstance(path[-1], str):
        raise TypeError("a table stands where a list was")
    document[path[-1]] = copy.deepcopy(value)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=3))
def test_any_value_anywhere_is_accepted_or_explained(tmp_path, changes):
    document = tomlkit.parse(EXAMPLE).unwrap()
    for path, value in changes:
        try:
            put(document, path, value)
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    (tmp_path / "config.toml").write_text(tomlkit.dumps(document), "utf-8")
    assert SECRET not in "".join(explained(tmp_path))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.text(max_size=6))
def test_a_file_that_was_hurt_anywhere_is_accepted_or_explained(tmp_path, at, lost, instead):
    text = EXAMPLE[:at] + instead + EXAMPLE[at + lost :]
    (tmp_path / "config.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    explained(tmp_path)
