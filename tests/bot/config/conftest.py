"""A small right configuration that tests bend, and a reader of it."""

from __future__ import annotations

import pytest
from config_builders import COMPANY, ENVIRON, FEISHU, SECRET

from bot.config import load
from bot.config.problems import ConfigProblems


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Write a configuration and load it from its folder."""
    monkeypatch.chdir(tmp_path)

    def reader(text="", *, before=COMPANY + FEISHU, environ=None):
        (tmp_path / "config.toml").write_text(before + text, "utf-8")
        return load.load(None, ENVIRON | (environ or {}))

    return reader


@pytest.fixture
def mistakes(read):
    """The problems of a configuration, as the loader found them."""

    def finder(text="", **options):
        with pytest.raises(ConfigProblems) as caught:
            read(text, **options)
        assert SECRET not in str(caught.value)
        assert SECRET not in repr(caught.value.problems)
        return caught.value.problems

    return finder
