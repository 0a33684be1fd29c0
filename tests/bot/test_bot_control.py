"""Two bots never share a data folder: the second one's socket would take the first one's commands."""

from __future__ import annotations

import pytest

from bot import control


async def answer(*_):
    return "one"


async def asked(folder):
    return [line async for line in control.ask(folder, "who", {})]


async def test_a_living_bot_keeps_its_socket(tmp_path):
    folder = tmp_path / "data"
    first = control.ControlServer(folder, {"who": answer})
    await first.open()
    try:
        with pytest.raises(OSError, match="another bot lives on this data folder"):
            await control.ControlServer(folder, {"who": answer}).open()
        assert await asked(folder) == [{"answer": "one"}]
    finally:
        await first.close()


async def test_a_dead_ones_socket_is_replaced_and_a_missing_folder_made(tmp_path):
    folder = tmp_path / "not" / "there"
    first = control.ControlServer(folder, {"who": answer})
    await first.open()
    await first.close()
    (folder / control.NAME).touch()
    second = control.ControlServer(folder, {"who": answer})
    await second.open()
    try:
        assert await asked(folder) == [{"answer": "one"}]
    finally:
        await second.close()
