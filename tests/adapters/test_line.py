"""The host of an SDK: many frames at once, a dead child replaced, nobody left behind."""

import asyncio
import logging
import random
import sys
from pathlib import Path

import pytest

from adapters.dingtalk import line as dingtalk
from adapters.feishu import line as feishu
from adapters.line import Line, Patience
from adapters.port import LineState, Reply
from adapters.redact import Redactor
from bot.lines import LOOK_EVERY_S
from policies.model import Platform
from tests.adapters.clocks import HandClock

QUICK = Patience(backoff_s=0.01, refused_s=0.05, leave_s=1, look_s=0.02)
PUPPET = "tests.adapters.children.puppet"


class Stage:
    def __init__(self, script, **patience):
        self.clock = HandClock()
        self.got = []
        self.answer = asyncio.Event()
        self.answer.set()
        self.line = Line(
            platform=Platform.FEISHU,
            module=PUPPET,
            hello={"script": script, "secret": "s3cr3t-value"},
            encode_reply=lambda raw, reply: {"code": 200 if reply.ok else 500, "toast": reply.toast},
            clock=self.clock,
            rng=random.Random(1),
            redactor=Redactor("s3cr3t-value"),
            patience=QUICK,
        )

    async def accept(self, raw):
        self.got.append(raw)
        await self.answer.wait()
        if raw.body == "bad":
            raise RuntimeError("no")
        return Reply(toast=raw.body)

    async def __aenter__(self):
        self.task = asyncio.create_task(self.line.run(self.accept))
        return self

    async def __aexit__(self, *args):
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


async def until(true, within_s=20):
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - another process is the one to wait for
            await asyncio.sleep(0.01)


def words(caplog):
    return [record.words for record in caplog.records if record.msg == "sdk said"]


async def test_many_frames_are_in_flight_and_each_gets_its_own_answer(caplog):
    async with Stage([["say", "open", {}], ["ask", ["a", "b", "c"]]]) as stage:
        stage.answer.clear()
        await until(lambda: len(stage.got) == 3)
        stage.answer.set()
        await until(lambda: words(caplog))
    assert [raw.body for raw in stage.got] == ["a", "b", "c"]
    assert words(caplog) == [
        "[{'code': 200, 'toast': 'a'}, {'code': 200, 'toast': 'b'}, {'code': 200, 'toast': 'c'}]"
    ]


async def test_a_failing_accept_asks_for_the_event_again(caplog):
    async with Stage([["say", "open", {}], ["ask", ["bad"]]]):
        await until(lambda: words(caplog))
    assert words(caplog) == ["[{'code': 500, 'toast': ''}]"]


async def test_a_child_that_dies_is_replaced_and_the_gap_is_known():
    async with Stage([["say", "open", {}], ["exit"]]) as stage:
        await until(lambda: stage.line.health().recent_replacements >= 3)
        stage.clock.turn(601)
        assert stage.line.health().recent_replacements == 0
        assert stage.line.health().replacements >= 3


def test_by_default_a_dead_line_is_noticed_and_back_as_promised():
    """What ``make links`` measures at a tenth of the time are these very lengths."""
    patience = Patience()
    assert patience.silent_s + patience.look_s + LOOK_EVERY_S <= 90
    assert patience.longest_backoff_s <= 5
    assert patience.silent_s > feishu.PING_S * 2
    assert max(feishu.NONCE_S, feishu.RECONNECT_S) <= 5
    assert dingtalk.PING_S + dingtalk.PONG_S <= 90
    assert dingtalk.LONGEST_PAUSE_S <= 5


async def test_a_silent_child_is_replaced_by_the_machines_time():
    async with Stage([["say", "open", {}]]) as stage:
        await until(lambda: stage.line.health().state is LineState.OPEN)
        first = stage.clock.now()
        stage.clock.turn(74)
        await asyncio.sleep(0.1)
        assert stage.line.health().replacements == 0
        assert stage.line.health().silent_s == 74
        stage.clock.turn(2)
        await until(lambda: stage.line.health().state is not LineState.OPEN)
        assert stage.line.health().gap_since == first
        await until(lambda: stage.line.health().replacements == 1 and stage.line.health().gap_since is None)


async def test_the_new_child_is_open_before_the_old_one_goes():
    async with Stage([["say", "open", {}], ["say", "leaving", {}]]) as stage:
        await until(lambda: stage.line.health().replacements >= 2)
        assert stage.line.health().gap_since is None


async def test_a_refusal_is_told_and_retried():
    async with Stage(
        [["say", "refused", {"why": "1000040345 app_id or app_secret s3cr3t-value is invalid"}]]
    ) as stage:
        await until(lambda: stage.line.health().state is LineState.REFUSED)
        assert stage.line.health().refusal == "1000040345 app_id or app_secret […] is invalid"
        await until(lambda: stage.line.health().replacements >= 1)


@pytest.mark.parametrize("nonsense", ["ffffffff", "000000027b7d", "00000002" + "2020"])
async def test_a_child_that_speaks_nonsense_is_replaced(nonsense):
    async with Stage([["say", "open", {}], ["raw", nonsense]]) as stage:
        await until(lambda: stage.line.health().replacements >= 1)


async def test_what_the_sdk_prints_stays_out_of_the_pipe_and_secrets_out_of_the_log(caplog):
    script = [
        ["print", "noise\n"],
        ["say", "open", {}],
        [
            "say",
            "log",
            {"level": logging.WARNING, "logger": "Lark", "text": "wss://x?ticket=abc\nBearer s3cr3t-value"},
        ],
    ]
    async with Stage(script):
        await until(lambda: words(caplog))
    assert words(caplog) == ["wss://x?ticket=[…] Bearer […]"]


async def test_credentials_are_neither_in_argv_nor_in_the_environment(caplog, monkeypatch):
    monkeypatch.setenv("FEISHU_APP_SECRET", "s3cr3t-value")
    async with Stage([["say", "open", {}], ["show"]]):
        await until(lambda: words(caplog))
    assert "FEISHU_APP_SECRET" not in words(caplog)[0]
    assert "[…]" not in words(caplog)[0]


async def test_cancelling_ends_even_a_child_that_does_not_listen():
    async with Stage([["say", "open", {}], ["deaf"]]) as stage:
        await until(lambda: stage.line.health().state is LineState.OPEN)
        child = stage.line._current._process
    assert child.returncode is not None


async def test_no_child_outlives_its_parent():
    """The parent is killed: the end of the pipe ends the child too, even while it blocks its loop."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import asyncio, random, sys\n"
        "from tests.adapters.test_line import Stage\n"
        "async def main():\n"
        "    async with Stage([['say', 'open', {}], ['deaf']]) as stage:\n"
        "        while stage.line._current is None: await asyncio.sleep(0.01)\n"
        "        print(stage.line._current._process.pid, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n",
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    pid = int(await parent.stdout.readline())
    assert lives(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not lives(pid))


def lives(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
