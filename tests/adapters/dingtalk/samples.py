"""Payloads as DingTalk sends them, from ``tests/data/dingtalk``, with changes on request."""

import json
from pathlib import Path

from adapters.port import Raw
from policies.model import Account, Chat, Platform

DATA = Path(__file__).parents[2] / "data" / "dingtalk"
ROBOT = "/v1.0/im/bot/messages/get"
CARD = "/v1.0/card/instances/callback"

LI = Account(Platform.DINGTALK, "0147")
ROOM = Chat(Platform.DINGTALK, "cid6EUabc==")


def load(name):
    return json.loads((DATA / name).read_text("utf-8"))


def raw(body, topic, **headers):
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    base = {
        "topic": topic,
        "messageId": "frame-1",
        "contentType": "application/json",
        "time": "1690362102194",
    }
    return Raw(platform=Platform.DINGTALK, body=text, kind="event", headers={**base, **headers})


def robot(**changes):
    payload = {**load("robot_group_text.json"), **changes}
    return raw({name: value for name, value in payload.items() if value is not ...}, ROBOT)


def press(**changes):
    return raw({**load("card_press.json"), **changes}, CARD)


def event(kind, body, **headers):
    known = {
        "eventType": kind,
        "eventId": "ev-1",
        "eventCorpId": "ding9f50",
        "eventBornTime": "1683533823336",
    }
    return raw(body, "*", **{**known, **headers})
