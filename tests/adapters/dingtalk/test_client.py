"""Two hosts, one token, one lane for each call: on a real socket that answers what a test says."""

import asyncio
import logging
import random

import pytest
from aiohttp import web

from adapters import errors
from adapters.dingtalk import client, limits, sending
from adapters.redact import Redactor
from tests.adapters.clocks import HandClock

from .gateway import until

QPS = {"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "message": "slow", "requestid": "r1"}
SECRET = "s3cr3t-canary-value"


class Hosts:
    """Answers ``(status, body)`` from a list by path, the last one for ever; tokens are ``token-1``, ``token-2``…"""

    def __init__(self):
        self.seen = []
        self.tokens = 0
        self.answers = {}
        self.clock = HandClock()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.client = client.Client(
            api=url, oapi=url, client_id="dingabc", client_secret=SECRET, clock=self.clock,
            rng=random.Random(1), redactor=Redactor(SECRET),
        )  # fmt: skip
        await self.client.open()
        return self

    async def __aexit__(self, *args):
        await self.client.close()
        await self._runner.cleanup()

    async def _answer(self, request):
        if request.path in self.answers:
            self.seen.append((request.path, dict(request.query), dict(request.headers)))
            answers = self.answers[request.path]
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            return web.json_response(body, status=status)
        self.tokens += 1
        return web.json_response({"accessToken": f"token-{self.tokens}", "expireIn": 7200})


@pytest.fixture
async def hosts():
    async with Hosts() as it:
        yield it


OLD, NEW = (
    sending.Request(api=limits.PERSON, body={"userid": "1"}),
    sending.Request(api=limits.GROUP_SEND, body={}),
)
FINE = (200, {"errcode": 0})


async def test_the_token_travels_in_the_header_to_one_host_and_in_the_query_to_the_other(hosts):
    hosts.answers = {limits.PERSON.path: [FINE], limits.GROUP_SEND.path: [(200, {"processQueryKey": "pq"})]}
    await hosts.client.read(OLD)
    await hosts.client.write(NEW)
    (_, query, headers), (_, no_query, with_token) = hosts.seen
    assert query == {"access_token": "token-1"}
    assert "x-acs-dingtalk-access-token" not in headers
    assert no_query == {}
    assert with_token["x-acs-dingtalk-access-token"] == "token-1"
    assert hosts.tokens == 1


async def test_a_token_is_renewed_ten_minutes_before_its_end_and_after_a_refusal(hosts):
    hosts.answers = {limits.PERSON.path: [FINE]}
    await hosts.client.read(OLD)
    hosts.clock.turn(7200 - 601)
    await hosts.client.read(OLD)
    assert hosts.tokens == 1
    hosts.clock.turn(2)
    await hosts.client.read(OLD)
    assert hosts.tokens == 2
    hosts.answers = {limits.PERSON.path: [(200, {"errcode": 40014, "errmsg": "不合法的access_token"}), FINE]}
    await hosts.client.read(OLD)
    assert hosts.tokens == 3


async def test_a_refused_token_on_the_new_host_is_a_400(hosts):
    refusal = (400, {"code": "InvalidAuthentication", "message": "不合法的access_token", "requestid": "r"})
    hosts.answers = {limits.GROUP_SEND.path: [refusal, (200, {"processQueryKey": "pq"})]}
    await hosts.client.write(NEW)
    assert hosts.tokens == 2
    hosts.answers = {limits.GROUP_SEND.path: [refusal]}
    with pytest.raises(errors.Unauthorized):
        await hosts.client.write(NEW)


@pytest.mark.parametrize(
    "answer", [(400, {"code": "invalidClientIdOrSecret"}), (403, {"code": "x"}), (401, {})]
)
async def test_whatever_is_wrong_with_our_credentials_is_unauthorized(hosts, answer):
    hosts.answers = {limits.TOKEN.path: [answer]}
    with pytest.raises(errors.Unauthorized):
        await hosts.client.read(OLD)


async def test_a_token_that_cannot_be_read_is_undecodable(hosts):
    hosts.answers = {limits.TOKEN.path: [(200, {"expireIn": 7200})]}
    with pytest.raises(errors.Undecodable):
        await hosts.client.read(OLD)


async def test_a_refusal_by_rate_rests_its_own_lane_and_a_send_goes_back_to_the_queue(hosts):
    hosts.answers = {limits.GROUP_SEND.path: [(403, QPS)], limits.PERSON.path: [FINE]}
    with pytest.raises(errors.RateLimited) as caught:
        await hosts.client.write(NEW)
    assert caught.value.retry_after_s == 1.0
    assert hosts.client.lanes.ready_at((client.budget(limits.GROUP_SEND),)) > hosts.clock.now()
    await hosts.client.read(OLD)
    with pytest.raises(errors.RateLimited):
        await hosts.client.write(NEW)
    assert [path for path, _, _ in hosts.seen].count(limits.GROUP_SEND.path) == 1


async def test_a_read_waits_and_asks_again(hosts):
    hosts.answers = {limits.PERSON.path: [(200, {"errcode": 90018, "errmsg": "slow"}), FINE]}
    task = asyncio.create_task(hosts.client.read(OLD))
    await until(lambda: hosts.seen)
    while not task.done():
        hosts.clock.turn(1)
        await asyncio.sleep(0)
    assert (await task)["errcode"] == 0
    assert len(hosts.seen) == 2


async def test_a_read_does_not_wait_for_a_long_ban(hosts):
    hosts.answers = {limits.PERSON.path: [(200, {"status": 1111, "wait": 5, "punish": "deny"})]}
    with pytest.raises(errors.RateLimited) as caught:
        await hosts.client.read(OLD)
    assert caught.value.retry_after_s == 300.0
    for api in limits.APIS:
        wait = hosts.client.lanes.ready_at((client.budget(api),)) - hosts.clock.now()
        assert wait.total_seconds() >= 300


async def test_no_secret_and_no_token_stands_in_a_log_or_an_error(hosts, caplog):
    caplog.set_level(logging.DEBUG, logger="adapters")
    echo = {"code": "system.error", "message": f"appSecret={SECRET} token-1 x", "requestid": "r"}
    hosts.answers = {limits.PERSON.path: [(500, echo)]}
    with pytest.raises(errors.Unavailable) as caught:
        await hosts.client.read(OLD)
    words = str(caught.value) + " ".join(str(record.__dict__) for record in caplog.records)
    assert SECRET not in words
    assert "token-1" not in words
