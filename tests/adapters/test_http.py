"""The door for REST calls: what may be repeated is, what may have arrived is not, and nothing leaks."""

import asyncio
import logging
import random
import socket
import ssl
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from adapters.calls import Answer, Call, Credential, Dialect, Repeatable, unavailable
from adapters.errors import (
    Arrival,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Undecodable,
)
from adapters.http import TRANSPORT, ApiClient, arrival_of
from adapters.redact import LONGEST_LINE, Redactor
from adapters.tokens import Token, Tokens, renew_at
from tests.adapters.clocks import HandClock

SECRET = "canary-secret-0001"
READ = Call(name="thing.get", method="GET", path="/thing")
SEND = Call(name="thing.send", method="POST", path="/thing", body={"text": "早"})


def classify(call, answer):
    match answer.body.get("code"):
        case 0:
            return None
        case 401:
            return Unauthorized("no")
        case 429:
            return RateLimited("slow", retry_after_s=3)
        case 500:
            return unavailable("trouble", call)
        case _:
            return Rejected(str(answer.body.get("msg", "")))


DIALECT = Dialect(
    credential=lambda token: Credential(headers={"Authorization": f"Bearer {token}"}, query={"t": token}),
    request_id=lambda answer: answer.headers.get("x-request", ""),
    classify=classify,
)


class Hasty(random.Random):
    """Draws the shortest pause."""

    def uniform(self, a, b):
        return a


class Town:
    """A server that does what the next line of its script says."""

    def __init__(self, *script):
        self.script = list(script)
        self.seen = []
        self.arrived = asyncio.Event()

    async def answer(self, request):
        self.arrived.set()
        self.seen.append(
            (request.method, request.path, dict(request.query), await request.read(), request.headers)
        )
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        match step:
            case "cut":
                request.transport.abort()
                return web.Response()
            case "hang":
                await asyncio.sleep(60)
                return web.Response()
            case "html":
                return web.Response(text="<html>bad gateway</html>", status=502)
            case "login page":
                return web.Response(text="<html>hello</html>")
            case "redirect":
                return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
            case "huge":
                return web.Response(body=b'{"code":0,"x":"' + b"x" * (5 * 1024 * 1024) + b'"}')
            case "list":
                return web.json_response([1])
            case dict():
                return web.json_response(step, headers={"X-Request": "req-1"})
        raise AssertionError(step)

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        self.redactor = Redactor(SECRET)
        self.client = ApiClient(self.url, dialect=DIALECT, rng=Hasty(), redactor=self.redactor)
        await self.client.open()
        return self

    async def __aexit__(self, *args):
        await self.client.close()
        await self.runner.cleanup()


async def test_an_answer_is_the_json_object_it_carries():
    async with Town({"code": 0, "data": "哟"}) as town:
        assert await town.client.call(SEND) == {"code": 0, "data": "哟"}
        method, path, _, body, headers = town.seen[0]
    assert (method, path, body.decode()) == ("POST", "/thing", '{"text": "早"}')
    assert headers["Content-Type"] == "application/json; charset=utf-8"


async def test_query_values_may_be_repeated():
    async with Town({"code": 0}) as town:
        await town.client.call(
            Call(name="x", method="GET", path="/a/b%2Fc", query={"id": ("1", "2"), "q": "a&b"})
        )
        request = town.seen[0]
    assert request[1] == "/a/b/c"
    assert request[2] == {"id": "1", "q": "a&b"}


async def test_a_read_is_repeated_when_the_connection_breaks():
    async with Town("cut", "html", {"code": 0}) as town:
        await town.client.call(READ)
        assert len(town.seen) == 3


async def test_a_read_is_repeated_at_most_twice():
    async with Town("html") as town:
        with pytest.raises(Unavailable):
            await town.client.call(READ)
        assert len(town.seen) == 3


@pytest.mark.parametrize("trouble", ["cut", "html", "huge", "list", {"code": 500}])
async def test_a_send_without_a_clear_answer_is_unknown_and_never_repeated(trouble):
    async with Town(trouble) as town:
        with pytest.raises(OutcomeUnknown) as caught:
            await town.client.call(SEND)
        assert len(town.seen) == 1
    assert caught.value.arrival is Arrival.MAYBE
    assert caught.value.call == "thing.send"


async def test_a_send_that_got_no_answer_in_time_is_unknown():
    async with Town("hang") as town:
        with pytest.raises(OutcomeUnknown):
            await town.client.call(Call(name="x", method="POST", path="/x", body={}, deadline_s=0.2))


async def test_a_cancelled_call_ends_at_once_and_is_not_repeated():
    async with Town("hang") as town:
        task = asyncio.create_task(town.client.call(READ))
        await town.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert len(town.seen) == 1


async def test_a_refused_connection_was_not_sent_and_is_tried_again(caplog):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with ApiClient(url, dialect=DIALECT, rng=Hasty(), redactor=Redactor()) as client:
            with pytest.raises(Unavailable) as caught:
                await client.call(SEND)
    assert caught.value.arrival is Arrival.NOT_SENT
    assert len([record for record in caplog.records if record.msg == "call failed"]) == 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"code": 429}, RateLimited),
        ({"code": 9}, Rejected),
        ("redirect", Rejected),
        ("login page", Undecodable),
        ("huge", Unavailable),
    ],
)
async def test_what_the_platform_says_is_raised(answer, kind):
    async with Town(answer) as town:
        with pytest.raises(kind):
            await town.client.call(READ)


async def test_an_error_carries_call_and_request_id_and_no_secret():
    async with Town({"code": 9, "msg": f"bad\nsecret {SECRET} access_token=abcdefgh"}) as town:
        with pytest.raises(Rejected) as caught:
            await town.client.call(READ)
    assert str(caught.value) == "thing.get: bad secret […] access_token=[…] (request req-1)"


async def test_nothing_of_a_payload_decides_the_host():
    async with Town({"code": 0}) as town:
        for path in ("//evil.example/x", "http://evil.example/x", ""):
            with pytest.raises(Rejected):
                await town.client.call(Call(name="x", method="GET", path=path))
        assert town.seen == []


async def test_retries_stay_a_small_share_in_an_outage():
    async with Town("html") as town:
        for _ in range(40):
            with pytest.raises(Unavailable):
                await town.client.call(READ)
        assert len(town.seen) <= 40 + 10 + 4


async def test_a_proxy_of_the_environment_is_used_and_no_password_file(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with Town({"code": 0}) as town:
        monkeypatch.setenv("http_proxy", town.url.replace("//", "//user:word@"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        async with ApiClient(
            "http://api.example", dialect=DIALECT, rng=Hasty(), redactor=Redactor()
        ) as client:
            await client.call(Call(name="x", method="GET", path="/x", headers={"Authorization": "Bearer t"}))
        await town.client.call(READ)
        proxied, direct = (seen[4] for seen in town.seen)
    assert (proxied["Host"], proxied["Authorization"]) == ("api.example", "Bearer t")
    assert proxied["Proxy-Authorization"] == "Basic dXNlcjp3b3Jk"
    assert "Proxy-Authorization" not in direct


async def test_a_call_before_open_is_a_mistake():
    client = ApiClient("http://127.0.0.1:1", dialect=DIALECT, rng=Hasty(), redactor=Redactor())
    with pytest.raises(RuntimeError):
        await client.call(READ)
    await client.close()


# ── Tokens ────────────────────────────────────────────────────────────────────────────────────────


class Mint:
    def __init__(self, *outcomes):
        self.clock = HandClock()
        self.outcomes = list(outcomes)
        self.fetched = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.redactor = Redactor()
        self.tokens = Tokens(self.fetch, self.clock, self.redactor)

    async def fetch(self):
        self.fetched += 1
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return Token(value=f"token-{self.fetched}", renew_at=renew_at(self.clock.now(), 7200))


async def test_many_who_need_a_token_wait_for_one_fetch():
    mint = Mint()
    assert await asyncio.gather(*(mint.tokens.get() for _ in range(20))) == ["token-1"] * 20
    assert mint.fetched == 1


async def test_those_who_waited_for_a_failing_fetch_get_its_failure():
    mint = Mint(Repeatable("down"))
    mint.gate.clear()
    waiting = [asyncio.create_task(mint.tokens.get()) for _ in range(20)]
    await asyncio.sleep(0)
    mint.gate.set()
    got = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in got} == {Unavailable}
    assert mint.fetched == 1
    assert await mint.tokens.get() == "token-2"


async def test_who_is_cancelled_does_not_take_the_others_along():
    mint = Mint()
    mint.gate.clear()
    first = asyncio.create_task(mint.tokens.get())
    await asyncio.sleep(0)
    second = asyncio.create_task(mint.tokens.get())
    await asyncio.sleep(0)
    first.cancel()
    mint.gate.set()
    assert await second == "token-2"


async def test_a_token_is_renewed_before_its_end_in_civil_time():
    mint = Mint()
    await mint.tokens.get()
    mint.clock.jump(6899)
    assert await mint.tokens.get() == "token-1"
    mint.clock.jump(2)
    assert await mint.tokens.get() == "token-2"


async def test_dropping_an_old_token_keeps_the_new_one():
    mint = Mint()
    await mint.tokens.get()
    mint.tokens.drop("token-1")
    await mint.tokens.get()
    mint.tokens.drop("token-1")
    assert await mint.tokens.get() == "token-2"
    assert mint.redactor("token-2") == "[…]"


def test_a_short_lived_token_is_used_for_half_its_life():
    now = HandClock().now()
    assert renew_at(now, 300) == now + timedelta(seconds=150)
    assert renew_at(now, 7200) == now + timedelta(seconds=6900)


async def test_a_refused_token_is_replaced_once():
    mint = Mint()
    async with Town({"code": 401}, {"code": 0}) as town:
        town.client._tokens = mint.tokens
        await town.client.call(SEND)
        assert [seen[4]["Authorization"] for seen in town.seen] == ["Bearer token-1", "Bearer token-2"]
        assert town.seen[1][2] == {"t": "token-2"}


async def test_a_token_refused_twice_is_the_admins_business():
    mint = Mint()
    async with Town({"code": 401}) as town:
        town.client._tokens = mint.tokens
        with pytest.raises(Unauthorized):
            await town.client.call(SEND)
        assert mint.fetched == 2
        assert len(town.seen) == 2


async def test_without_a_token_in_time_nothing_was_sent():
    mint = Mint()
    mint.gate.clear()
    async with Town({"code": 0}) as town:
        town.client._tokens = mint.tokens
        with pytest.raises(Unavailable) as caught:
            await town.client.call(Call(name="x", method="POST", path="/x", body={}, deadline_s=0.1))
    assert caught.value.arrival is Arrival.NOT_SENT


# ── The table ─────────────────────────────────────────────────────────────────────────────────────


def families(kind):
    return {kind}.union(
        *(families(one) for one in kind.__subclasses__() if one.__module__.startswith("aiohttp"))
    )


def test_every_failure_of_the_http_library_is_classified():
    assert {
        kind for kind in families(aiohttp.ClientError) if not any(k in TRANSPORT for k in kind.__mro__)
    } == set()


@pytest.mark.parametrize(
    ("error", "written", "arrival"),
    [
        (aiohttp.ClientConnectorDNSError(None, OSError()), False, Arrival.NOT_SENT),
        (aiohttp.ConnectionTimeoutError(), False, Arrival.NOT_SENT),
        (aiohttp.ServerDisconnectedError(), True, Arrival.MAYBE),
        (aiohttp.ClientPayloadError(), True, Arrival.MAYBE),
        (TimeoutError(), True, Arrival.MAYBE),
        (TimeoutError(), False, Arrival.NOT_SENT),
        (ConnectionResetError(), True, Arrival.MAYBE),
        (ConnectionRefusedError(), False, Arrival.NOT_SENT),
        (ssl.SSLCertVerificationError(), False, Arrival.NOT_SENT),
        (aiohttp.ContentTypeError(None, ()), True, Arrival.SENT),
        (KeyError(), True, Arrival.MAYBE),
    ],
)
def test_a_failure_says_whether_the_request_may_have_arrived(error, written, arrival):
    assert arrival_of(error, written=written) is arrival


# ── Words without secrets ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("{'ticket': 'abc123', 'x': 1}", "{'ticket': '[…]', 'x': 1}"),
        ('{"accessToken":"abc.def","expireIn":7200}', '{"accessToken":"[…]","expireIn":7200}'),
        ("GET /x?access_token=abc&y=1", "GET /x?access_token=[…]&y=1"),
        ("Authorization: Bearer t-g1044qeGEDXTB6NDJOGV4JQCYDGHRBARFTGT1234", "Authorization: Bearer […]"),
        ("token t-g1044qeGEDXTB6NDJOGV4JQCYDGHRBARFTGT1234 is old", "token […] is old"),
        ("one\r\n\x1b[31mtwo\u202e", "one [31mtwo"),
        ("canary-secret-0001!", "[…]!"),
    ],
)
def test_what_is_logged_has_no_secret_and_one_line(text, clean):
    assert Redactor(SECRET)(text) == clean


def test_what_is_logged_is_short():
    assert len(Redactor()("x" * 5000)) == LONGEST_LINE + 1


def test_a_secret_too_short_to_be_one_blots_nothing_out():
    redactor = Redactor("a")
    redactor.learn("b")
    assert redactor("a b") == "a b"


def test_answers_and_calls_are_values():
    assert Answer(status=200, headers={}, body={}) == Answer(status=200, headers={}, body={})
    assert READ.may_repeat
    assert not SEND.may_repeat
    logging.getLogger(__name__).debug("nothing to see")
