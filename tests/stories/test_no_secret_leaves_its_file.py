"""Canaries in every credential, and one story lived with them: nothing but their own files holds one afterwards."""

from __future__ import annotations

import json
import re
from pathlib import Path

import aiohttp
from test_webhook import free_port
from village import Village, village

from bot import control

CANARIES = {
    "feishu": {"app_secret": "CANARY-feishu-a1b2c3", "verification_token": "CANARY-verify-d4e5f6",
               "encrypt_key": "CANARY-encrypt-a7b8c9"},
    "dingtalk": {"client_secret": "CANARY-dingtalk-d0e1f2"},
}  # fmt: skip
CANARY = re.compile(rb"CANARY-[a-z]+-[0-9a-f]{6}|sendBySession\?session=")
PORT_OF_HEALTH = re.compile(r'listen = "127\.0\.0\.1:0"')


def put_in_place(place: Village) -> None:
    """The town takes them for its own, and the configuration's files hold them."""
    for name, secrets in CANARIES.items():
        platform = place.town.platforms[name]
        for key, value in secrets.items():
            setattr(platform, key, value)
            kept = place.folder / f"config.{name}.{key}"
            if kept.exists():
                kept.write_text(value, encoding="utf-8")


async def live_a_little(place: Village) -> None:
    author = place.person("feishu", "李想")
    await author.tells_the_bot("通知接口组：十点半过一下接口")
    await author.presses("就这样")
    other = place.person("dingtalk", "何强")
    await other.tells_the_bot("通知品控组：量具送检")
    await other.presses("就这样")
    await place.pass_time(minutes=5)


async def asked(place: Village, port: int) -> bytes:
    """Everything that the living bot tells: health, figures, every command of its socket, an examination."""
    told = b""
    async with aiohttp.ClientSession() as session:
        for page in ("healthz", "metrics"):
            async with session.get(f"http://127.0.0.1:{port}/{page}") as answer:
                told += await answer.read()
    for do in ("status", "outbox.list", "audit.verify", "explain", "doctor", "nonsense"):
        async for line in control.ask(place.folder / "data", do, {"abilities": {}}):
            told += json.dumps(line).encode()
    for command in (("doctor",), ("check",), ("outbox", "list", "--json")):
        told += (await place.run(*command))[1].encode()
    return told


async def test_no_secret_leaves_its_file(tmp_path: Path) -> None:
    async with village(tmp_path, start="2026-09-08 10:00", start_bot=False) as place:
        put_in_place(place)
        port = free_port()
        text = PORT_OF_HEALTH.sub(f'listen = "127.0.0.1:{port}"', place.config.read_text(encoding="utf-8"))
        place.config.write_text(text + '\n[log]\nlevel = "debug"\n', encoding="utf-8")
        await place.start_bot()
        await live_a_little(place)
        place.faults({"match": {"platform": "feishu"}, "kind": "status:500", "times": 2})
        told = await asked(place, port)
        place.faults()
        assert CANARY.search(told) is None
        argv = b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _is_ours(path))
        assert CANARY.search(argv) is None
        await place.stop_the_bot()
        told = (await place.run("doctor"))[1].encode()
        assert CANARY.search(told) is None
    own = {f"config.{name}.{key}" for name, secrets in CANARIES.items() for key in secrets}
    strays = [
        path.name
        for path in sorted(tmp_path.rglob("*"))
        if path.is_file() and path.name not in own and CANARY.search(path.read_bytes())
    ]
    assert strays == []
    held = [path.name for path in sorted(tmp_path.rglob("*")) if path.name in own]
    assert held, "the canaries were never there"


async def test_a_wrong_secret_is_refused_without_saying_it(tmp_path: Path) -> None:
    async with village(tmp_path, platforms=("feishu", "dingtalk"), start_bot=False) as place:
        for name, secrets in CANARIES.items():
            for key, value in secrets.items():
                if (kept := tmp_path / f"config.{name}.{key}").exists():
                    kept.write_text(value, encoding="utf-8")
        code, said = await place.run("doctor")
        assert code == 1, said
        assert said.count("凭证不对") == 2
        assert CANARY.search(said.encode()) is None


def _is_ours(path: Path) -> bool:
    try:
        return b"bot" in path.read_bytes() or b"adapters" in path.read_bytes()
    except OSError:
        return False
