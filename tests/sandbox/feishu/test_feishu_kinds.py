"""What people send besides text, how large pictures may be, templates with variables, cards changed piece by piece."""

import base64
import json
import struct

import aiohttp
import pytest
from feishu_town import BASE, card, office
from hypothesis import given, settings
from hypothesis import strategies as st
from vendor_office import wholly_vendor_office

from sandbox.feishu import pictures

KIT = "/open-apis/cardkit/v1/cards"
HELLO = base64.b64encode(b"hello").decode()


async def send(o, kind, content, to="研发部", status=200, person="lixiang"):
    body = {"platform": "feishu", "person": person, "to": to, "kind": kind, "content": content}
    return await o.talk.post("/_sandbox/say", body, status)


@pytest.mark.parametrize(
    ("kind", "content", "keys"),
    [
        ("image", {}, {"image_key"}),
        ("file", {"file_name": "表.xlsx"}, {"file_key", "file_name"}),
        ("folder", {}, {"file_key", "file_name"}),
        ("audio", {"duration": 900}, {"file_key", "duration"}),
        ("media", {}, {"file_key", "image_key", "file_name", "duration"}),
        ("sticker", {}, {"file_key"}),
        ("post", {"title": "周报", "content": [[{"tag": "text", "text": "好"}]]}, {"title", "content"}),
        ("location", {"name": "西湖", "longitude": "120.1", "latitude": "30.2"}, {"name", "longitude", "latitude"}),
        ("todo", {"title": "交报告"}, {"task_id", "summary", "due_time"}),
        ("vote", {"topic": "去哪", "options": ["山", "海"]}, {"topic", "options"}),
        ("share_chat", {"chat": "研发部"}, {"chat_id"}),
        ("share_user", {"person": "chenli"}, {"user_id"}),
        ("hongbao", {"text": "[红包]"}, {"text"}),
    ],
)  # fmt: skip
async def test_what_people_send_arrives_as_its_kind(kind, content, keys):
    async with office() as o, o.line() as line:
        said = (await send(o, kind, content))["message_id"]
        message = (await line.next("im.message.receive_v1"))["event"]["message"]
        assert (message["message_id"], message["message_type"]) == (said, kind)
        assert set(json.loads(message["content"])) == keys
        [shown] = (await o.ok("GET", f"{BASE}/messages/{said}"))["items"]
        assert (shown["msg_type"], shown["body"]["content"]) == (kind, message["content"])


@pytest.mark.parametrize(
    ("kind", "content"),
    [("x", {}), ("file", {"data": "?"}), ("audio", {"duration": -1}), ("vote", {"topic": "去哪", "options": ["山"]}),
     ("post", {"content": [1]}), ("location", {}), ("merge_forward", {"message_ids": []}), ("image", {"x": 1}),
     ("share_chat", {"chat": "市场部"})],
)  # fmt: skip
async def test_content_that_means_nothing_is_refused(kind, content):
    async with office() as o:
        assert (await send(o, kind, content, status=400))["error"]


async def test_a_file_of_a_person_is_fetched_and_cannot_be_sent_again():
    async with office() as o:
        said = (await send(o, "file", {"file_name": "a.txt", "data": HELLO}))["message_id"]
        [shown] = (await o.ok("GET", f"{BASE}/messages/{said}"))["items"]
        key = json.loads(shown["body"]["content"])["file_key"]
        url = f"{o.town.url}{BASE}/messages/{said}/resources/{key}?type=file"
        headers = {"Authorization": f"Bearer {o.token}"}
        async with o.talk.http.get(url, headers=headers) as answer:
            assert (answer.status, await answer.read()) == (200, b"hello")
        assert await o.refusal(o.chat("研发部").id, {"file_key": key}, "file") == 230017


async def test_forwarded_messages_are_read_back_under_the_one_that_forwards(vendor):
    async with wholly_vendor_office(vendor) as o:
        inner = [(await o.say("lixiang", "羽毛球社", text))["message_id"] for text in ("一", "二")]
        said = (await send(o, "merge_forward", {"message_ids": inner}))["message_id"]
        items = (await o.ok("GET", f"{BASE}/messages/{said}"))["items"]
        assert [each["message_id"] for each in items] == [said, *inner]
        assert [each.get("upper_message_id") for each in items] == [None, said, said]
        assert (items[0]["msg_type"], items[0]["body"]["content"]) == (
            "merge_forward",
            "Merged and Forwarded Message",
        )
        await send(o, "merge_forward", {"message_ids": inner}, "bot", 400, "chenli")


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)


def gif(width, height):
    return b"GIF89a" + struct.pack("<HH", width, height)


def jpeg(width, height):
    other = b"\xff\xe0" + struct.pack(">H", 4) + b"\0\0"
    return b"\xff\xd8" + other + b"\xff\xc0" + struct.pack(">HBHH", 11, 8, height, width)


def bmp(width, height):
    return b"BM" + bytes(16) + struct.pack("<ii", width, height)


def webp(width, height):
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + sizes


async def upload(o, raw, kind="message"):
    form = aiohttp.FormData()
    form.add_field("image_type", kind)
    form.add_field("image", raw, filename="x")
    return (await o.call("POST", BASE + "/images", data=form))[1]["code"]


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [(png(12000, 12000), "message", 0), (png(12001, 1), "message", 234039), (png(4097, 1), "avatar", 234039),
     (png(4096, 4096), "avatar", 0), (gif(2000, 2000), "message", 0), (gif(1, 2001), "message", 234039),
     (jpeg(12000, 9), "message", 0), (jpeg(9, 12001), "message", 234039), (bmp(12001, -1), "message", 234039),
     (webp(12001, 5), "message", 234039), (webp(12000, 5), "message", 0), (b"\x89PNG\r\n\x1a\n", "message", 0)],
)  # fmt: skip
async def test_a_picture_may_have_so_many_pixels(raw, kind, code):
    async with office() as o:
        assert await upload(o, raw, kind) == code


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    st.sampled_from([*pictures.KINDS, b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L"]),
    st.binary(max_size=40),
)
def test_a_broken_picture_is_looked_at_calmly(start, rest):
    raw = start + rest
    assert len(pictures.pixels(raw, pictures.kind_of(raw))) in (0, 2)


TEMPLATE = {
    "schema": "2.0",
    "header": {"title": {"tag": "plain_text", "content": "通知：${title}"}},
    "body": {
        "elements": [{"tag": "markdown", "content": "${text}"}, {"tag": "select_static", "options": "${all}"}]
    },
}
VALUES = {
    "title": "停电",
    "text": "明天",
    "all": [{"text": {"tag": "plain_text", "content": "A"}, "value": "a"}],
}


@pytest.mark.parametrize(
    ("template_id", "values", "wrong"),
    [("AAq1", VALUES, None), ("AAq2", VALUES, 200380), ("AAq1", {**VALUES, "title": []}, 200737), ("AAq1", {}, 200732),
     ("AAq1", "x", 200737)],
)  # fmt: skip
async def test_a_template_is_filled_with_its_variables(vendor, template_id, values, wrong):
    async with wholly_vendor_office(vendor) as o:
        await o.set(templates={"AAq1": TEMPLATE})
        data = {"template_id": template_id, "template_variable": values}
        content = {"type": "template", "data": data}
        _, answer = await o.send(o.person("lixiang").id, content, "interactive")
        if wrong is None:
            text = o.town.messages[answer["data"]["message_id"]].text
            assert text.startswith("通知：停电\n明天")
        else:
            assert (answer["code"], f"ErrCode: {wrong}" in answer["msg"]) == (230099, True)


def text(number, content):
    return {"tag": "markdown", "element_id": number, "content": content}


async def test_a_card_is_changed_element_by_element(vendor):
    async with wholly_vendor_office(vendor) as o:
        streams = {"config": {"streaming_mode": True}}
        data = json.dumps(card(text("a", "一"), text("b", "二")) | streams)
        number = (await o.ok("POST", KIT, {"type": "card_json", "data": data}))["card_id"]
        sent = await o.sent(
            o.person("lixiang").id, {"type": "card", "data": {"card_id": number}}, "interactive"
        )
        one = f"{KIT}/{number}/elements"

        def read():
            elements = o.town.messages[sent["message_id"]].card["body"]["elements"]
            return [each["content"] for each in elements]

        await o.ok("PUT", f"{one}/a/content", {"content": "一一", "sequence": 1})
        assert read() == ["一一", "二"]
        await o.ok("PATCH", f"{one}/b", {"partial_element": '{"content": "二二"}', "sequence": 2})
        await o.ok("PUT", f"{one}/a", {"element": json.dumps(text("a", "新")), "sequence": 3})
        assert read() == ["新", "二二"]
        more = {"type": "insert_before", "target_element_id": "b", "elements": json.dumps([text("c", "三")])}
        await o.ok("POST", one, {**more, "sequence": 4})
        await o.ok("POST", one, {"type": "append", "elements": json.dumps([text("d", "四")]), "sequence": 5})
        assert read() == ["新", "三", "二二", "四"]
        await o.ok("DELETE", f"{one}/b", {"sequence": 6})
        assert read() == ["新", "三", "四"]

        assert await o.code("DELETE", f"{one}/c", {"sequence": 6}) == 300317
        assert await o.code("DELETE", f"{one}/b", {"sequence": 7}) == 300314
        assert await o.code("DELETE", f"{KIT}/1/elements/b", {"sequence": 7}) == 200740
        assert await o.code("PUT", f"{one}/c", {"element": '{"tag": "nothing"}', "sequence": 7}) == 200220
        twice = {"type": "append", "elements": json.dumps([text("a", "x")]), "sequence": 7}
        assert await o.code("POST", one, twice) == 300301
        assert await o.code("PUT", f"{one}/c/content", {"content": "x"}) == 99992402
        assert read() == ["新", "三", "四"]
        await o.ok("DELETE", f"{one}/c", {"sequence": 7})
