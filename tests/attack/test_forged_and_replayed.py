"""What nobody signed, what was signed for something else, and what is played again: no row is written for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from test_outsiders import APP, CARD_TOPIC, CORP, ROBOT, dingtalk, feishu, to_be_judged
from test_outsiders import door as door

from adapters.feishu import codec
from adapters.feishu.webhook import Webhook, WebhookSettings
from adapters.port import LineState, Raw
from bot.clock import ManualClock
from bot.housekeeping import _clean
from bot.intake import Intake
from bot.store import inbox
from bot.store.engine import Connection
from tests.adapters.feishu.test_feishu_webhook_listener import KEY, TOKEN, sealed, signed

NOW = datetime(2026, 9, 8, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def rows(conn: Connection) -> int:
    return sum(inbox.counts(conn).values())


@asynccontextmanager
async def listening(door: Intake) -> AsyncIterator[Any]:
    """The webhook in front of the whole intake; ``await post(body, headers)`` is the status and the words."""
    settings = WebhookSettings(listen="127.0.0.1:0", verification_token=TOKEN, encrypt_key=KEY)
    server = Webhook(settings, app_id=APP, clock=door._clock, encode_reply=codec.encode_reply)  # type: ignore[arg-type]
    task = asyncio.create_task(server.run(door.accept))
    async with asyncio.timeout(5):
        while server.health().state is not LineState.OPEN:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    async with aiohttp.ClientSession() as session:

        async def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
            url = f"http://127.0.0.1:{server.port}/"
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status, await answer.text()

        yield post
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def told(event_id: str = "e1", **changes: Any) -> dict[str, Any]:
    """A message to the bot as Feishu would send it, with its token."""
    made = json.loads(feishu(event_id, **changes).body)
    made["header"]["token"] = TOKEN
    return dict(made)


GOOD = sealed(told())


def _flipped(text: str, at: int) -> str:
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def forgeries() -> dict[str, tuple[bytes, dict[str, str]]]:
    """More than thirty, each one step away from what would be heard."""
    right = signed(GOOD, at=NOW)
    wrong = told()
    wrong["header"]["token"] = "x"
    stamp, nonce, signature = (
        f"X-Lark-{name}" for name in ("Request-Timestamp", "Request-Nonce", "Signature")
    )
    made: dict[str, tuple[bytes, dict[str, str]]] = {
        f"the signature's character {at} is another": (
            GOOD,
            {**right, signature: _flipped(right[signature], at)},
        )
        for at in (0, 1, 31, 62, 63)
    }
    made |= {
        f"the body's byte {at} is another": (GOOD[:at] + b"A" + GOOD[at + 1 :], right)
        for at in (14, 40, 80, len(GOOD) // 2, len(GOOD) - 10)
        if GOOD[at : at + 1] != b"A"
    }
    made |= {f"without {name}": (GOOD, {k: v for k, v in right.items() if k != name}) for name in right}
    made |= {f"an empty {name}": (GOOD, {**right, name: ""}) for name in right}
    made |= {
        f"a clock {minutes:+} minutes off": (GOOD, signed(GOOD, at=NOW + timedelta(minutes=minutes)))
        for minutes in (-1440, -60, -6, 6, 60)
    }
    made |= {
        f"a timestamp of {text!r}": (GOOD, {**right, stamp: text})
        for text in ("0", "-1", "1e9", "9" * 30, " ")
    }
    made |= {f"a nonce of {text!r}": (GOOD, {**right, nonce: text}) for text in ("m", "nn", "N", "")}
    made |= {
        "signed with another key": (GOOD, signed(GOOD, at=NOW, key="another")),
        "signed without a key": (GOOD, signed(GOOD, at=NOW, key="")),
        "sealed with another key": (sealed(told(), key="x"), signed(sealed(told(), key="x"), at=NOW)),
        "in plain text": (json.dumps(told()).encode(), signed(json.dumps(told()).encode(), at=NOW)),
        "with another token": (other := sealed(wrong), signed(other, at=NOW)),
        "an unsigned event dressed as a challenge": (
            sealed({**told(), "header": {}, "type": "url_verification"}), {}
        ),
        "of another app": (app := sealed(told(header__app_id="cli_ffffffffffffffff")), signed(app, at=NOW)),
    }  # fmt: skip
    return made


async def test_what_is_forged_writes_no_row(door: Intake) -> None:
    every = forgeries()
    assert len(every) >= 30
    async with listening(door) as post:
        answers = {name: await post(body, headers) for name, (body, headers) in every.items()}
        assert {name for name, answer in answers.items() if answer != (401, '{"msg": "refused"}')} == set()
        assert await door._store.read(rows) == 0
        assert (await post(GOOD, signed(GOOD, at=NOW)))[0] == 200
        assert len(await to_be_judged(door)) == 1


OURS = dingtalk(chatbotCorpId=CORP)
OTHERS = (
    "ding0000",
    CORP + "0",
    CORP[:-1],
    CORP.upper(),
    " " + CORP,
    CORP + "\n",
    "\u200b" + CORP,
    "0",
    "null",
)


def foreign() -> dict[str, Raw]:
    """DingTalk signs nothing on its line; what is of another company, robot or kind is not judged all the same."""
    made = {f"a message of the company {of!r}": dingtalk(chatbotCorpId=of) for of in OTHERS}
    made |= {f"a press of the company {of!r}": dingtalk(topic=CARD_TOPIC, corpId=of) for of in OTHERS}
    made |= {
        f"to the robot {of!r}": dingtalk(robotCode=of, chatbotCorpId=CORP)
        for of in ("dingother", ROBOT + "0", ROBOT[:-1], ROBOT.upper(), " " + ROBOT)
    }
    made |= {
        f"from {who!r}": dingtalk(chatbotCorpId=CORP, senderId=who, senderStaffId=who) for who in ("", None)
    }
    made |= {
        f"under the topic {topic!r}": Raw(
            platform=OURS.platform, body=OURS.body, kind="event", headers={**OURS.headers, "topic": topic}
        )
        for topic in ("", "*", "/v1.0/im/bot/messages/get/", "/V1.0/IM/BOT/MESSAGES/GET", CARD_TOPIC)
    }
    return made


async def test_what_is_of_another_company_or_robot_is_not_judged(door: Intake) -> None:
    every = foreign()
    assert len(every) >= 30
    for number, (name, raw) in enumerate(every.items()):
        headers = {**raw.headers, "messageId": f"f{number}"}
        await door.accept(Raw(platform=raw.platform, body=raw.body, kind=raw.kind, headers=headers))
        assert await to_be_judged(door) == [], name
    await door.accept(dingtalk("ours", chatbotCorpId=CORP))
    assert len(await to_be_judged(door)) == 1


# ── Played again ──────────────────────────────────────────────────────────────────────────────────


async def test_what_is_played_again_is_the_same_row_for_thirty_days(door: Intake) -> None:
    clock: ManualClock = door._clock  # type: ignore[assignment]
    async with listening(door) as post:
        first = signed(GOOD, at=NOW)
        assert (await post(GOOD, first))[0] == 200
        for _ in range(5):
            assert (await post(GOOD, first))[0] == 200
        clock.advance(timedelta(minutes=4))
        assert (await post(GOOD, first))[0] == 200
        clock.advance(timedelta(minutes=2))
        assert (await post(GOOD, first))[0] == 401  # its time is over
        # the vendor's own repeat after six hours has a fresh time in its header and the old event inside
        clock.advance(timedelta(hours=6))
        assert (await post(GOOD, signed(GOOD, at=clock.now())))[0] == 200
        assert await door._store.read(rows) == 1
        clock.advance(29 * DAY)
        await door._store.write(_clean, clock.now(), 7, 180, 400)
        assert (await post(GOOD, signed(GOOD, at=clock.now())))[0] == 200
        assert await door._store.read(rows) == 1


async def test_the_vendors_repeat_of_what_never_arrived_is_taken(door: Intake) -> None:
    clock: ManualClock = door._clock  # type: ignore[assignment]
    clock.advance(timedelta(hours=6))
    async with listening(door) as post:
        assert (await post(GOOD, signed(GOOD, at=clock.now())))[0] == 200
        assert len(await to_be_judged(door)) == 1


async def test_the_same_message_in_another_event_is_known_too(door: Intake) -> None:
    """Signed anew by somebody who has the key of neither: the line may repeat a message under another event id."""
    again = told("e2")
    again["event"]["message"]["message_id"] = told()["event"]["message"]["message_id"]
    async with listening(door) as post:
        for body in (GOOD, sealed(again)):
            assert (await post(body, signed(body, at=NOW)))[0] == 200
        assert await door._store.read(rows) == 1


# ── The challenge ─────────────────────────────────────────────────────────────────────────────────

CHALLENGES = {
    "a wrong token": sealed({"type": "url_verification", "challenge": "c", "token": "x"}),
    "no token": sealed({"type": "url_verification", "challenge": "c"}),
    "in plain text": json.dumps({"type": "url_verification", "challenge": "c", "token": TOKEN}).encode(),
    "a token nearly right": sealed({"type": "url_verification", "challenge": "c", "token": TOKEN[:-1]}),
}


async def test_a_challenge_tells_nobody_whether_the_token_was_right(door: Intake) -> None:
    async with listening(door) as post:
        answers = {await post(body, {}) for body in CHALLENGES.values()}
        forged = await post(GOOD, {})
        assert answers == {forged} == {(401, '{"msg": "refused"}')}
        right = sealed({"type": "url_verification", "challenge": "c", "token": TOKEN})
        assert await post(right, {}) == (200, '{"challenge": "c"}')
        assert await door._store.read(rows) == 0
