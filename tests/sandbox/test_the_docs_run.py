"""Every example of ``docs/sandbox.md`` is run against a living town and answers as the page shows."""

import json
import re
import shlex
from pathlib import Path

from core_town import living_town

from sandbox import __main__ as program

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
ANY = "…"


def examples():
    """``(command, status, answer)``, in the order of the page."""
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *answer = text.strip().split("\n")
            status = int(answer.pop(0)[2:]) if answer and re.fullmatch(r"# \d+", answer[0]) else 200
            yield command, status, "\n".join(answer)


def told(words, values):
    """With the page's ``$NAME`` replaced."""
    return re.sub(r"\$([A-Z_]+)", lambda name: values[name[1]], words)


def request(command):
    """What ``curl`` would ask: method, address, headers, body."""
    words = iter(shlex.split(command)[1:])
    method, address, headers, body = "", "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-s":
            address = word
    if body is not None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
    return method or ("GET" if body is None else "POST"), address, headers, body


def alike(shown, real):
    """Whether the answer is as the page shows it; ``…`` stands for anything."""
    if shown == ANY:
        return True
    if isinstance(shown, dict):
        keys = set(shown) - {ANY}
        rest = set(real) - keys if isinstance(real, dict) else {""}
        return (
            keys <= set(real) and (ANY in shown or not rest) and all(alike(shown[k], real[k]) for k in keys)
        )
    if isinstance(shown, list) and isinstance(real, list):
        more = bool(shown) and shown[-1] == ANY and len(real) >= len(shown)
        pairs = zip(shown[:-1] if more else shown, real, strict=False)
        return (more or len(shown) == len(real)) and all(alike(a, b) for a, b in pairs)
    if isinstance(shown, str) and isinstance(real, str):
        return re.fullmatch(".*".join(map(re.escape, shown.split(ANY))), real, re.DOTALL) is not None
    return shown == real and type(shown) is type(real)


async def test_every_example_answers_as_it_is_shown():
    async with living_town() as talk:
        ready = program.ready(talk.town)
        values = {
            "TOWN": ready["url"], "APP_ID": ready["feishu"]["app_id"], "APP_SECRET": ready["feishu"]["app_secret"],
            "CLIENT_ID": ready["dingtalk"]["client_id"], "CLIENT_SECRET": ready["dingtalk"]["client_secret"],
            "PERSON": talk.town.person_named("feishu", "李想").id,
        }  # fmt: skip
        count = 0
        for command, status, shown in examples():
            method, address, headers, body = request(told(command, values))
            async with talk.http.request(method, address, headers=headers, data=body) as answer:
                text = await answer.text()
                assert answer.status == status, (command, answer.status, text)
            said = json.loads(text)
            found = said if isinstance(said, dict) else {}
            values["TOKEN"] = found.get("tenant_access_token", values.get("TOKEN", ""))
            made = found.get("message_id") or (found.get("data") or {}).get("message_id")
            values["MESSAGE"] = made or values.get("MESSAGE", "")
            assert alike(json.loads(told(shown, values)), said), (command, text)
            count += 1
        assert count > 30


def test_every_row_of_the_control_door_has_an_example():
    shown = {(request(c)[0], re.sub(r"\?.*|\$TOWN|/我的机器人", "", request(c)[1])) for c, _, _ in examples()}
    paths = ("people", "chats", "clock", "faults", "settings")
    both = {(method, f"/_sandbox/{path}") for path in paths for method in ("GET", "POST")}
    posts = {
        ("POST", f"/_sandbox/{path}")
        for path in ("say", "press", "read", "recall", "clock/followers", "reset")
    }
    gets = {("GET", f"/_sandbox/{path}") for path in ("messages", "requests", "frames")}
    assert both | posts | gets | {("DELETE", "/_sandbox/clock/followers")} <= shown


async def test_the_settings_named_on_the_page_are_those_of_the_town():
    rows = re.findall(r"^\| `((?:feishu|dingtalk)\.\w+)` \| `(.*?)` \|", PAGE, re.MULTILINE)
    async with living_town() as talk:
        known = talk.town.settings.all()
    assert len(rows) > 15
    assert {key: json.loads(default) for key, default in rows} == {key: known[key] for key, _ in rows}


async def test_the_ready_line_is_as_the_page_shows_it():
    shown = json.loads(re.search(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1])
    async with living_town() as talk:
        ready = program.ready(talk.town)
    words = json.dumps(ready).replace(ready["url"], "http://127.0.0.1:8900")
    assert alike(shown, json.loads(words))
