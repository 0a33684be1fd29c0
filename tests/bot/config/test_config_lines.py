"""Where a key stands: the scanner sees what the parser sees, whatever a string or a comment looks like."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.locate import line_of, lines

ODD = '''# a [table] in a comment
title = "a # that is none"
[company]
name = """
[not.a.table]
x = 1
"""
admins = [
  "one", # with a comment ]
  'two]',
]
a."b.c".d = 3
[[announce.grant]]
who = ["x"]
[[announce.grant]]
who = ["y",
  { z = 1, w = [2,
    3] }]
  [announce.grant.more]
  day = 2026-01-01
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("company",), 3),
        (("company", "name"), 4),
        (("company", "admins", 1), 10),
        (("company", "a", "b.c", "d"), 12),
        (("announce", "grant", 0, "who", 0), 14),
        (("announce", "grant", 1), 15),
        (("announce", "grant", 1, "who", 1, "w", 1), 18),
        (("announce", "grant", 1, "more", "day"), 20),
        (("announce", "grant", 1, "missing"), 15),
        (("nowhere",), 0),
    ],
)
def test_each_key_has_the_line_it_stands_on(path, line):
    tomllib.loads(ODD)
    assert line_of(lines(ODD), path) == line


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12)
VALUES = st.recursive(
    st.one_of(st.integers(-99, 99), st.booleans(), TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def written(value):
    """A value in TOML, lists spread over lines."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + "".join(f"\n  {written(each)}," for each in value) + "\n]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(key)} = {written(each)}" for key, each in value.items()) + " }"
    return str(value)


def quoted(text):
    return '"' + "".join(c if c.isalnum() or c in " #[]={}'," else f"\\U{ord(c):08x}" for c in text) + '"'


def paths(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield (*path, place)
            yield from paths(inner, (*path, place))


@given(
    st.dictionaries(TEXTS, VALUES, max_size=4),
    st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3),
)
def test_every_key_of_every_document_is_found(plain, tables):
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in plain.items())
    for table in tables:
        text += "[[many.tables]]\n" + "".join(
            f"{quoted(key)} = {written(value)}\n" for key, value in table.items()
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # "many" stands in the plain part too
        return
    assert set(paths(document)) - {("many",)} <= set(lines(text))
