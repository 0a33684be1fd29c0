"""Whatever is sent, the town answers in the platform's words and never fails itself."""

import asyncio
import base64
import contextlib
import json
import threading

import aiohttp
import pytest
from asked_fields import fields_of
from feishu_town import Office, card
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import app
from sandbox.feishu import card_press, cards, frames
from sandbox.feishu.acks import Ack
from sandbox.feishu.delivery import decode_answer
from sandbox.feishu.errors import ApiError

FEW = settings(
    max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
WORDS = st.sampled_from([
    "", "x", "text", "post", "interactive", "open_id", "ou_x", "oc_x", "om_x", "0", "-1", "1", "99999999999999999999",
    "t-x", "true", "{}", "[]", '{"text":"x"}', '{"tag":"markdown","content":"x"}', "append", "[{}]", "url_verification", "\ud800", "\x00", "<at user_id=\"all\"></at>", "名",
])  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=5)
KEYS = st.sampled_from(fields_of("feishu"))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(KEYS, JSON, max_size=8).map(json.dumps).map(str.encode) | st.binary(max_size=20)
QUERIES = st.dictionaries(
    KEYS,
    st.sampled_from([
        "", "x", "0", "1", "-1", "51", "true", "open_id", "chat_id", "chat", "thread", "app_id", "image", "ou_x",
        "http://x.example/", "²", "ZnJvbTowMDAwMDAwMDAwMDI=", "9" * 30, "code",
    ]),
    max_size=5,
)  # fmt: skip


class LivingTown:
    """A town on a loop of its own, for tests that are not async themselves."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.run(self.open())

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    async def open(self):
        self.town = app.build_town()
        self.runner = await app.start(self.town)
        self.http = aiohttp.ClientSession()
        self.office = Office(self)
        await self.office.set(scopes={"*": True}, wiki_spaces=["a"], approvals={"x": True})

    async def post(self, path, body, status=200):
        async with self.http.post(self.town.url + path, json=body) as answer:
            return await answer.json()

    async def close(self):
        await self.http.close()
        await self.runner.cleanup()

    def end(self):
        self.run(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    async def send(self, endpoint, parts, query, raw):
        feishu = self.town.platforms["feishu"]
        feishu.limits.clear()
        headers = {"Content-Type": "application/json"}
        if endpoint.caller == "tenant":
            headers["Authorization"] = "Bearer " + feishu.tokens.of_app("t-")[0]
        elif endpoint.caller == "user":
            person = feishu.person("lixiang")
            headers["Authorization"] = "Bearer " + feishu.tokens.of_person(person, "").value
        path = endpoint.path
        for name in ("chat_id", "message_id", "department_id", "user_id", "card_id", "element_id"):
            path = path.replace("{" + name + "}", parts[name])
        path = path.replace("{", "").replace("}", "")
        async with self.http.request(
            endpoint.method,
            self.town.url + path,
            params=query,
            data=raw,
            headers=headers,
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.read(), answer.headers


@pytest.fixture(scope="module")
def living():
    town = LivingTown()
    yield town
    town.end()


@pytest.fixture(scope="module")
def known(living):
    """Ids that exist, so that calls get further than the first look-up."""
    town = living.town
    group, li = town.chat_named("feishu", "研发部"), town.person_named("feishu", "李想")

    async def sent():
        shown = card({"tag": "markdown", "element_id": "a", "content": "x"})
        made = {"type": "card_json", "data": json.dumps(shown)}
        number = (await living.office.ok("POST", "/open-apis/cardkit/v1/cards", made))["card_id"]
        return (await living.office.sent(li.id, shown, "interactive"))["message_id"], number

    message, number = living.run(sent())
    return {
        "chat_id": group.id, "message_id": message, "department_id": li.departments[0], "user_id": li.id,
        "card_id": number, "element_id": "a",
    }  # fmt: skip


def tried(living, endpoint, parts, query, raw):
    """The town did not fail, and a refusal is in the platform's envelope."""
    status, body, headers = living.run(living.send(endpoint, parts, query, raw))
    assert status < 500, (endpoint.name, query, raw, body)
    if endpoint.caller != "none" and status >= 400:
        answer = json.loads(body)
        assert answer["code"] != 0
        assert answer["error"]["log_id"] == headers["X-Tt-Logid"]
    assert not living.town.recorder.crashes


@settings(FEW, max_examples=400)
@given(data=st.data())
def test_no_call_makes_the_town_fail(living, known, data):
    endpoint = data.draw(st.sampled_from(living.town.platforms["feishu"].endpoints()))
    parts = {key: data.draw(st.sampled_from([value, "x", "0"])) for key, value in known.items()}
    tried(living, endpoint, parts, data.draw(QUERIES), data.draw(BODIES))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"{}", b"[" * 5000])
def test_every_call_takes_a_bad_body_calmly(living, known, raw):
    for endpoint in living.town.platforms["feishu"].endpoints():
        tried(living, endpoint, known, {}, raw)


ELEMENT_KEYS = st.sampled_from([
    "tag", "content", "elements", "name", "behaviors", "type", "value", "options", "text", "columns", "confirm",
    "placeholder", "max_length", "disabled", "header", "title", "template", "text_tag_list", "config", "form_action_type",
    "element_id", "checked", "label", "input_type", "card_link", "required", "initial_option", "selected_values",
])  # fmt: skip
ELEMENT_VALUES = SCALARS | st.sampled_from([
    "markdown", "button", "form", "input", "select_static", "checker", "column_set", "column", "plain_text", "div",
    "callback", "submit", "<at id=ou_x></at>", "overflow", "collapsible_panel", "interactive_container",
])  # fmt: skip
ELEMENTS = st.recursive(
    ELEMENT_VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ELEMENT_KEYS, inner, max_size=5),
    max_leaves=20,
)
CARDS = st.dictionaries(ELEMENT_KEYS, ELEMENTS, max_size=4)


@settings(FEW, max_examples=150)
@given(st.lists(CARDS | ELEMENTS, max_size=3), CARDS, st.sampled_from(["2.0", "1.0", None]))
def test_no_card_makes_the_check_fail(living, elements, extra, version):
    whole = {"body": {"elements": elements}, "elements": elements, **extra}
    if version:
        whole = {"schema": version, "body": {"elements": elements}, **extra}
    feishu = living.town.platforms["feishu"]
    with contextlib.suppress(ApiError):
        cards.check(feishu, whole)
    cards.plain_text(whole)
    cards.simplified(whole)
    card_press.controls(whole)


@settings(FEW, max_examples=20)
@given(st.lists(st.binary(max_size=40) | st.builds(
    lambda headers, payload: frames.encode(frames.Frame(method=1, headers=headers, payload=payload)),
    st.lists(st.tuples(st.sampled_from(["type", "message_id", "x"]), st.text(max_size=4)), max_size=3),
    st.binary(max_size=20) | st.just(b'{"code":"x"}') | st.just(b"[1]"),
), max_size=5))  # fmt: skip
def test_no_frame_ends_the_line(living, raws):
    async def talk():
        async with living.office.line() as line:
            for raw in raws:
                await line.socket.send_bytes(raw)
            await line.socket.send_str("text")
            await line.ping()
            async with asyncio.timeout(5):
                return await line.pongs.get()

    assert living.run(talk())["PingInterval"] == 120


FORMS = ["im/v1/images", "im/v1/files", "drive/v1/files/upload_all"]


@settings(FEW, max_examples=30)
@given(
    st.sampled_from(FORMS),
    st.binary(max_size=200),
    st.booleans(),
)
def test_no_form_makes_the_town_fail(living, path, raw, framed):
    async def post():
        living.town.platforms["feishu"].limits.clear()
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        headers["Authorization"] = "Bearer " + living.town.platforms["feishu"].tokens.of_app("t-")[0]
        body = (
            b'--b\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
            + raw
            + b"\r\n--b--\r\n"
        )
        url = f"{living.town.url}/open-apis/{path}"
        async with living.http.post(url, data=body if framed else raw, headers=headers) as answer:
            return answer.status

    assert living.run(post()) < 500
    assert not living.town.recorder.crashes


@settings(FEW, max_examples=100)
@given(
    st.none()
    | st.text(max_size=20)
    | JSON.map(json.dumps).map(lambda text: base64.b64encode(text.encode()).decode())
)
def test_no_answer_to_a_press_is_more_than_an_object(data):
    for code in (200, 500):
        answer = decode_answer(Ack(code, data))
        assert answer is None or isinstance(answer, dict)


KINDS = [
    "image",
    "file",
    "audio",
    "media",
    "sticker",
    "post",
    "location",
    "todo",
    "vote",
    "merge_forward",
    "hongbao",
]
GIVEN = st.dictionaries(
    st.sampled_from(
        ["data", "duration", "file_name", "title", "content", "options", "topic", "message_ids", "name"]
    ),
    JSON,
    max_size=4,
)


@settings(FEW, max_examples=80)
@given(st.sampled_from(KINDS), GIVEN, st.sampled_from(["bot", "研发部", "x"]))
def test_nothing_that_people_send_makes_the_town_fail(living, known, kind, given_content, to):
    async def say():
        body = {"platform": "feishu", "person": "lixiang", "to": to, "kind": kind, "content": given_content}
        async with living.http.post(living.town.url + "/_sandbox/say", json=body) as answer:
            return answer.status

    assert living.run(say()) < 500
    tried(living, *read_back(living, known))


def read_back(living, known):
    [endpoint] = [
        each
        for each in living.town.platforms["feishu"].endpoints()
        if each.name == "GET /open-apis/im/v1/messages"
    ]
    query = {"container_id_type": "chat", "container_id": known["chat_id"], "sort_type": "ByCreateTimeDesc"}
    return endpoint, known, query, b""
