"""Addresses that come from outside lead nowhere, and no message is larger than we allow."""

from __future__ import annotations

import asyncio
import os
import resource
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from adapters.calls import Call
from adapters.errors import Rejected
from adapters.feishu.line import Pieces
from adapters.http import ApiClient
from adapters.pipe import LARGEST_FRAME_BYTES
from adapters.port import LineState
from adapters.redact import Redactor
from tests.adapters.dingtalk import gateway as dingtalk
from tests.adapters.dingtalk.test_dingtalk_child_line import Station
from tests.adapters.feishu import gateway as feishu
from tests.adapters.test_http import DIALECT, SECRET, Hasty

until = feishu.until


class Trap:
    """Whoever comes here was led astray."""

    def __init__(self) -> None:
        self.visits: list[bytes] = []
        self.port = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits.append(b"")
        self.visits[-1] = await reader.read(65536)
        writer.close()

    def at(self, scheme: str) -> str:
        """Its own name, so that it is another host than the gateway's."""
        return f"{scheme}://localhost:{self.port}/ws?device_id=1&service_id=7"


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    made = Trap()
    server = await asyncio.start_server(made.meet, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def test_feishus_line_follows_no_redirect_and_no_foreign_address(trap: Trap) -> None:
    gateway = feishu.Gateway()
    gateway.elsewhere = trap.at("http")
    async with gateway:
        await until(lambda: gateway.asked)
        await until(lambda: gateway.line.health().state is not LineState.OPEN)
        gateway.elsewhere, gateway.moved_to = "", trap.at("ws")
        await until(lambda: gateway.knocks)
        gateway.moved_to, gateway.named = "", trap.at("ws")
        asked = gateway.asked
        await until(lambda: gateway.asked > asked)
        gateway.named = ""
        await until(lambda: gateway.line.health().state is LineState.OPEN)
    assert trap.visits == []


async def test_dingtalks_line_follows_no_redirect_and_no_foreign_address(trap: Trap) -> None:
    async with dingtalk.Gateway() as gateway:
        gateway.elsewhere = trap.at("http")
        async with Station(gateway) as station:
            await until(lambda: len(gateway.opens) >= 1)
            gateway.elsewhere, gateway.moved_to = "", trap.at("ws")
            await until(lambda: gateway.knocks)
            gateway.moved_to, gateway.endpoint = "", trap.at("ws")
            opens = len(gateway.opens)
            await until(lambda: len(gateway.opens) > opens)
            gateway.endpoint = None
            await until(lambda: station.state is LineState.OPEN)
    assert trap.visits == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_follows_no_redirect(trap: Trap, method: str, status: int) -> None:
    async def lead_astray(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": trap.at("http")})

    app = web.Application()
    app.router.add_route("*", "/thing", lead_astray)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with ApiClient(url, dialect=DIALECT, rng=Hasty(), redactor=Redactor(SECRET)) as api:
        with pytest.raises(Rejected):
            await api.call(Call(name="thing", method=method, path="/thing"))
    await runner.cleanup()
    assert trap.visits == []


# ── Too large ─────────────────────────────────────────────────────────────────────────────────────

TEXT, CONTINUED = 1, 0


def frame(payload: bytes, *, opcode: int = TEXT, is_last: bool = True, is_deflated: bool = False) -> bytes:
    """One of a server's, by hand: what no decent library would send."""
    first = opcode | (0x80 if is_last else 0) | (0x40 if is_deflated else 0)
    return bytes([first, 127]) + struct.pack(">Q", len(payload)) + payload


def deflated(size: int) -> bytes:
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (made.compress(b"x" * size) + made.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


HUGE = 100 << 20
LARGE = {
    "a frame that says it is a hundred mebibytes": [bytes([0x81, 127]) + struct.pack(">Q", HUGE) + b"x" * 4096],
    "one byte too many": [frame(b"x" * (LARGEST_FRAME_BYTES + 1))],
    "a deflate bomb": [frame(deflated(HUGE), is_deflated=True)],
    "fragments without an end": [
        frame(b"x" * (1 << 20), is_last=False),
        *[frame(b"x" * (1 << 20), opcode=CONTINUED, is_last=False)] * 4,
    ],
}  # fmt: skip
MOST_GROWTH = 24 << 20
"""Of the child: what four mebibytes may take while they are read."""


def child() -> tuple[Path, int]:
    """The one line child of this process, and its resident bytes."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if int(words[1]) == os.getpid() and b".line" in (place / "cmdline").read_bytes():
                return place, int(words[21]) * resource.getpagesize()
        except OSError:  # it has ended meanwhile
            continue
    raise AssertionError("no child")


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_what_is_too_large_ends_the_connection_and_not_the_line(platform: str) -> None:
    """The line comes back each time, by the same child, which has not grown."""
    gateway: feishu.Gateway | dingtalk.Gateway
    if platform == "feishu":
        async with feishu.Gateway() as gateway:
            await _throw(gateway.sockets)
            assert gateway.line.health().replacements == 0
            assert gateway.heard == []
            assert set(gateway.extensions) == {None}
    else:
        async with dingtalk.Gateway() as gateway, Station(gateway) as station:
            await _throw(gateway.connections)
            assert station.adapter.line_health().replacements == 0
            assert station.got == []


async def _throw(sockets: list[web.WebSocketResponse]) -> None:
    await until(lambda: sockets)
    before = child()
    for nth, frames in enumerate(LARGE.values(), start=1):
        socket = sockets[-1]
        transport = socket._req.transport
        for one in frames:
            if transport.is_closing():
                break
            transport.write(one)
            await asyncio.sleep(0)
        await until(lambda nth=nth: len(sockets) > nth)
        assert socket.closed or transport.is_closing() or socket.close_code in (1002, 1009)
    after = child()
    assert after[0] == before[0]
    assert after[1] - before[1] <= MOST_GROWTH


def test_pieces_that_never_become_whole_take_bounded_room() -> None:
    waiting = Pieces()
    piece = b"x" * (1 << 20)
    for number in range(200):
        assert waiting.add(f"m{number}", 2, 0, piece) is None
    assert waiting.size_bytes <= Pieces.MOST_BYTES
    assert waiting.add("m0", 2, 1, b"y") is None  # the oldest gave way
    assert waiting.add("m199", 2, 1, b"y") == piece + b"y"
    for number in range(100_000):
        waiting.add(f"n{number}", 64, 0, b"")
    assert len(waiting) <= Pieces.MOST_MESSAGES


def test_pieces_are_put_together_in_whatever_order_they_come() -> None:
    waiting = Pieces()
    assert [waiting.add("m", 3, n, bytes([n + 65])) for n in (2, 0, 0, 1)] == [None, None, None, b"ABC"]
    assert len(waiting) == 0
    assert waiting.add("m", 3, 3, b"x") is None
    assert len(waiting) == 0
