"""Feishu as a visitor: a message and a press come over HTTP, end to end; a forged one leaves no trace."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import aiohttp
import tomlkit
from village import Village, village


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _listen(place: Village, port: int) -> None:
    feishu = place.town.platforms["feishu"]
    document = tomlkit.parse(place.config.read_text(encoding="utf-8"))
    section = document["feishu"]
    for name in ("verification_token", "encrypt_key"):
        (place.folder / name).write_text(getattr(feishu, name), encoding="utf-8")
        section[name] = f"file:{place.folder / name}"  # type: ignore[index]
    section["mode"] = "webhook"  # type: ignore[index]
    section["webhook_listen"] = f"127.0.0.1:{port}"  # type: ignore[index]
    place.config.write_text(tomlkit.dumps(document), encoding="utf-8")


async def test_a_message_and_a_press_arrive_by_webhook(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start="2026-09-08 10:00", start_bot=False) as place:
        port = free_port()
        _listen(place, port)
        place.town.settings.update({"feishu.webhook_url": f"http://127.0.0.1:{port}/"})
        await place.start_bot()
        author = place.person("feishu", "李想")
        await author.tells_the_bot("通知接口组：十点半过一下接口")
        assert await author.presses("就这样")
        await place.pass_time(minutes=5)
        assert place.copies("feishu", "十点半过一下接口") or place.posts("feishu", "接口组")
        before = _rows(tmp_path)
        async with aiohttp.ClientSession() as session:
            forged = b'{"schema":"2.0","header":{"event_id":"x","event_type":"im.message.receive_v1"}}'
            async with session.post(f"http://127.0.0.1:{port}/", data=forged) as answer:
                assert answer.status == 401
        assert _rows(tmp_path) == before


def _rows(folder: Path) -> int:
    with sqlite3.connect(folder / "data" / "yizhan.db") as conn:
        return int(conn.execute("SELECT count(*) FROM inbox").fetchone()[0])


async def test_a_port_that_is_taken_is_called_by_its_own_name(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu",), start_bot=False) as place:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = int(taken.getsockname()[1])
            _listen(place, port)
            code, said = await place.run("run")
            assert code == 1
            assert f"127.0.0.1:{port}" in said
            assert "webhook_listen" in said
            assert "Traceback" not in said
