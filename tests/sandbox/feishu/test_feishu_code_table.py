"""Every code of the fact base comes from a rule, is called up by ``feishu.codes``, or is named as not simulated."""

import ast
import asyncio
import json
import re
from pathlib import Path

import pytest
from feishu_town import button, card, office

from sandbox.feishu import errors, oauth, stream

HOME = Path(__file__).parents[3] / "sandbox"
PAGE = (HOME / "COVERAGE.md").read_text(encoding="utf-8").partition("## 飞书")[2].partition("\n## ")[0]
CODES = PAGE.partition("### Codes")[2].partition("\n### ")[0]
OF_THE_FACT_BASE = """
    1 403 514 2200 9499 10003 10012 10014 10015 11232 11233 11235 11247 11310 19001 19021 19022 19024
    20002 20003 20004 20005 20008 20010 20021 20022 20024 20026 20027 20037 20049 20050 20064 20065 20071 20072 20073
    20074 40001 40002 40003 40004 40008 40011 40012 40014 40015 41012 41050 42008 43010 44102 60012 100290 102021 108002
    131002 131005 131006 190004 190005 190007 190010 191002 200080 200340 200341 200342 200343 200345 200346 200347
    200380 200381 200530 200550 200570 200621 200671 200672 200673 200732 200737 200830 200861 200914 200915
    230001 230002 230006 230009 230011 230012 230013 230015 230017 230018 230019 230020 230022 230023 230024 230025
    230026 230027 230028 230029 230031 230033 230034 230035 230038 230046 230047 230049 230050 230052 230053 230054
    230055 230071 230072 230073 230074 230075 230098 230099 230100 230110 230111 231203 231204 232001 232002 232003
    232004 232006 232008 232009 232010 232011 232012 232013 232014 232015 232016 232017 232018 232019 232020 232021
    232022 232023 232024 232025 232026 232027 232028 232030 232031 232032 232033 232034 232035 232038 232039 232040
    232042 232043 232044 232046 232047 232048 232049 232050 232051 232055 232056 232057 232060 232065 232066 232068
    232070 232071 232072 232073 232075 232076 232078 232079 232091 232092 232093 232097 234006 234007 234010 234011
    234039 300000 300090 300317 1061004 1061043 1061044 1061045 1061101 1062507 1390001 1390015 1000040343 1000040344
    1000040345 1000040350 99991201 99991301 99991400 99991401 99991403 99991661 99991662 99991663 99991664 99991665
    99991668 99991671 99991672 99991673 99991677 99991679 99992351 99992360 99992364 99992402
"""


def by_rule():
    """Numbers that stand in the source of the town, the tables of words and statuses aside."""
    found = set()
    for file in (HOME / "feishu").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        tables = {
            id(inside)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and getattr(node.targets[0], "id", "") in ("TEXT", "TEXTS", "STATUS", "TROUBLE")
            for inside in ast.walk(node)
        }
        found |= {
            int(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and id(node) not in tables
            and (type(node.value) is int or (isinstance(node.value, str) and node.value.isdecimal()))
        }
    return found


def listed(text):
    return {int(each) for each in re.findall(r"\b\d+\b", text)}


IN_TABLE = listed(" ".join(re.findall(r"^\| ([\d, ]+) \|", CODES, re.MULTILINE)))
NOT_SIMULATED = listed(CODES.partition("Not answered at all:")[2])


def test_every_code_of_the_fact_base_is_answered_or_named_with_a_reason():
    unanswered = {int(each) for each in OF_THE_FACT_BASE.split()} - by_rule()
    assert unanswered - IN_TABLE - NOT_SIMULATED == set()


def test_what_no_rule_brings_about_is_in_the_table_and_has_words():
    words = set(errors.TEXT) | set(oauth.TEXTS) | set(stream.TROUBLE)
    assert words - by_rule() - IN_TABLE == set()
    assert IN_TABLE - words == set()
    assert IN_TABLE & by_rule() - {stream.BUSY, stream.INTERNAL} == set()


@pytest.mark.parametrize("code", sorted(IN_TABLE & set(errors.TEXT)))
async def test_any_call_answers_with_any_code(code):
    async with office() as o:
        await o.set(codes={"GET /open-apis/bot/v3/info": code})
        status, answer = await o.call("GET", "/open-apis/bot/v3/info")
        assert (status, answer["code"]) == (errors.STATUS.get(code, 400), code)
        assert answer["msg"] == errors.TEXT[code]


@pytest.mark.parametrize("code", sorted(IN_TABLE & set(oauth.TEXTS)))
async def test_the_log_in_has_its_own_form_of_trouble(code):
    async with office() as o:
        await o.set(codes={f"POST {oauth.TOKEN_PATH}": code})
        status, answer = await o.call("POST", oauth.TOKEN_PATH, {}, token="")
        assert (status, answer["code"], answer["error"]) == (400, code, oauth.TEXTS[code][0])


@pytest.mark.parametrize(("code", "secret"), [(1, "x"), (1000040343, "x"), (1000040344, "")])
async def test_the_gateway_says_what_is_wrong_with_http_200(code, secret):
    async with office() as o:
        if secret:
            await o.set(codes={f"POST {stream.ENDPOINT_PATH}": code})
        body = {"AppID": o.feishu.app_id, "AppSecret": secret}
        status, answer = await o.call("POST", stream.ENDPOINT_PATH, body, token="")
        assert (status, answer["code"], answer["data"]) == (200, code, {})


KIT = "/open-apis/cardkit/v1/cards"


async def test_a_card_of_cardkit_is_made_of_a_template():
    async with office() as o:
        face = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "${what}停电"}]}}
        await o.set(templates={"AAq1": face})
        data = {"template_id": "AAq1", "template_variable": {"what": "周六"}}
        made = await o.ok("POST", KIT, {"type": "template", "data": json.dumps(data)})
        content = {"type": "card", "data": {"card_id": made["card_id"]}}
        sent = await o.sent(o.person("lixiang").id, content, "interactive")
        assert o.town.messages[sent["message_id"]].text == "周六停电"
        for wrong in ({"template_id": "AAq2"}, {"template_id": "AAq1"}):
            assert await o.code("POST", KIT, {"type": "template", "data": json.dumps(wrong)}) == 200220
        new = {"card": {"type": "template", "data": json.dumps(data)}, "sequence": 1}
        assert await o.code("PUT", f"{KIT}/{made['card_id']}", new) == errors.FIELD


async def test_a_card_of_cardkit_stands_while_somebody_presses_it():
    async with office() as o, o.line(answer=lambda _: (None, None)) as line:
        data = json.dumps(card(button("好", {"a": 1}, name="b")))
        number = (await o.ok("POST", KIT, {"type": "card_json", "data": data}))["card_id"]
        li = o.person("lixiang").id
        sent = await o.sent(li, {"type": "card", "data": {"card_id": number}}, "interactive")
        press = asyncio.ensure_future(o.press(li, sent["message_id"], "b"))
        await line.next("card.action.trigger")
        new = {"card": {"type": "card_json", "data": data}, "sequence": 1}
        assert await o.code("PUT", f"{KIT}/{number}", new) == 200810
        assert "200341" in (await press)["toast"]["content"]
        assert (await o.call("PUT", f"{KIT}/{number}", new))[1]["code"] == 0


async def test_an_app_that_is_shut_out_is_told_how():
    async with office() as o:
        for setting, code in (("ip_not_allowed", 99991401), ("app_disabled", 99991662), ("bot_off", 234007)):
            await o.set(**{setting: True})
            assert await o.code("POST", "/open-apis/im/v1/images", {}) == code
            await o.set(**{setting: False})


async def test_what_an_administrator_decided_is_answered_with_its_code():
    async with office() as o:
        chat, gone = o.chat("研发部"), o.person("hexiao")
        chat.owner = "bot"
        await o.set(managers_unlisted=True, resigned_code=230029, test_like_words=["测试"])
        managers = f"/open-apis/im/v1/chats/{chat.id}/managers/add_managers"
        new = o.person("chenli").id
        assert await o.code("POST", managers, {"manager_ids": [new]}) == 232039
        assert new in chat.admins
        await o.feishu.leave(gone)
        assert await o.refusal(gone.id, {"text": "x"}) == 230029
        batch = {"msg_type": "text", "content": {"text": "测试一下"}, "open_ids": [new]}
        assert await o.code("POST", "/open-apis/message/v4/batch_send/", batch) == 230100
        public = {"chat_type": "public"}
        assert await o.code("POST", "/open-apis/im/v1/chats", public) == 232042
