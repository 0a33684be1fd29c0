"""Addresses, pages and log lines: what comes from outside leads nowhere and breaks no line."""

from __future__ import annotations

import io
import json
import logging

import aiohttp
import pytest

from adapters.dingtalk import line as dingtalk
from adapters.feishu import line as feishu
from bot import logs
from bot.gauges import Gauges
from bot.health import HealthServer

OWN = {"feishu": "https://open.feishu.cn", "dingtalk": "https://api.dingtalk.com"}
CHECKS = {"feishu": feishu.is_vendor_endpoint, "dingtalk": dingtalk.is_vendor_endpoint}
GOOD = {
    "feishu": "wss://msg-frontier.feishu.cn/ws/v2?a=1",
    "dingtalk": "wss://wss-open-connection.dingtalk.com:443/connect",
}
BAD = (
    "",
    "ws://msg-frontier.feishu.cn/ws",
    "ws://open.dingtalk.com/connect",
    "http://open.feishu.cn",
    "wss://evil.example",
    "wss://evil.example/feishu.cn",
    "wss://feishu.cn.evil.example",
    "wss://dingtalk.com.evil.example",
    "wss://evilfeishu.cn",
    "wss://evildingtalk.com",
    "wss://open.feishu.cn@evil.example",
    "wss://api.dingtalk.com@evil.example/",
    "wss://evil.example#.feishu.cn",
    "wss://evil.example?.dingtalk.com",
    "wss://127.0.0.1",
    "wss://localhost",
    "wss://[::1]/",
    "wss://10.0.0.1",
    "wss://169.254.169.254/latest/meta-data",
    "wss://192.168.1.1",
    "wss://0x7f000001",
    "wss://user:pw@msg-frontier.feishu.cn",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "gopher://api.dingtalk.com",
)


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
@pytest.mark.parametrize("endpoint", BAD)
def test_the_line_goes_to_the_vendor_or_nowhere(platform: str, endpoint: str) -> None:
    assert not CHECKS[platform](endpoint, OWN[platform])


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
def test_the_vendors_own_address_is_taken(platform: str) -> None:
    assert CHECKS[platform](GOOD[platform], OWN[platform])
    assert CHECKS[platform]("ws://127.0.0.1:8900/ws", "http://127.0.0.1:8900")


async def look():
    return (), {}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8640", 200),
        ("evil.example", 421),
        ("evil.example:8640", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("0.0.0.0", 421),
        ("169.254.169.254", 421),
    ],
)
@pytest.mark.parametrize("page", ["/healthz", "/metrics"])
async def test_a_page_led_here_under_another_name_is_turned_away(page: str, host: str, status: int) -> None:
    server = HealthServer("127.0.0.1:0", look, Gauges())
    await server.open()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{server.port}{page}", headers={"Host": host}) as response,
        ):
            assert response.status == status
            assert "Access-Control-Allow-Origin" not in response.headers
    finally:
        await server.close()


LINES = (
    "a\nb",
    "a\r\nb",
    "\x1b[2J\x1b[31mred",
    '{"event": "fake", "level": "info"}',
    '"}\n{"event":"fake"}',
    "[link=file:///etc/passwd]x[/link]",
    "\u2028fake\u2029line\u0085",
    "%s %d %(x)s {0}",
    "\x00\x07\x08",
    "\ud800",
)


@pytest.mark.parametrize("text", LINES)
def test_nothing_in_a_field_makes_a_line_of_its_own(text: str, tmp_path) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.setup(stream=stream)
        root.handlers[0].setFormatter(logs._formatter(logs.Redactor(), as_json=True))
        logging.getLogger("attack").warning("said", extra={"text": text})
        logging.getLogger("attack").warning("said %s", text)
    finally:
        root.handlers[:], root.level = before
        logging.captureWarnings(capture=False)
    lines = stream.getvalue().split("\n")
    assert lines[-1] == ""
    parsed = [json.loads(line) for line in lines[:-1]]
    assert [one["level"] for one in parsed] == ["warning", "warning"]
    assert all(one["logger"] == "attack" for one in parsed)
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("text", LINES[:-1])
def test_nor_on_the_console(text: str) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.setup(stream=stream)
        logging.getLogger("attack").warning("said %s", text, extra={"text": text})
    finally:
        root.handlers[:], root.level = before
        logging.captureWarnings(capture=False)
    shown = stream.getvalue()
    assert shown.endswith("\n")
    assert len(shown.splitlines()) == 1, ascii(shown)
    assert "\x1b" not in shown
