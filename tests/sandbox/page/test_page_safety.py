"""Nothing of people's words becomes markup, in any part of the page."""

import re
from html.parser import HTMLParser
from importlib import resources

from page_town import PARTS, button, card, living_town, plain, someone, text_of

from sandbox.model import BOT

NASTY = "<img src=x onerror=alert(1)>\"'`{{7*7}}</textarea></script><script>alert(2)</script>"
STATIC = resources.files("sandbox.page") / "static"
TEMPLATES = resources.files("sandbox.page") / "templates"


class Elements(HTMLParser):
    """The elements and attributes a browser would make of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.attributes = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)


def scripts_of(html):
    """Anything that a browser would run or load from elsewhere."""
    found = Elements(html)
    handlers = [name for name, _ in found.attributes if name.startswith("on")]
    loaded = [v for k, v in found.attributes if k in ("src", "href") and v and not v.startswith(("/", "#"))]
    return handlers + loaded + [tag for tag in found.tags if tag in ("iframe", "object", "embed", "base")]


async def test_nothing_that_people_write_becomes_markup():
    async with living_town() as talk:
        join = {"platform": "feishu", "join": NASTY, "departments": ["研发部"], "account": "<b>nasty</b>"}
        nasty = (await talk.post("/_sandbox/people", join))["id"]
        made = await talk.post(
            "/_sandbox/chats",
            {"platform": "feishu", "create": NASTY, "owner": nasty, "members": ["lixiang"], "bot": True},
        )
        say = {"platform": "feishu", "person": nasty, "to": made["id"], "text": f"@{NASTY} {NASTY}"}
        said = await talk.post("/_sandbox/say", say | {"mentions": [nasty, "bot"]})
        elements = [
            {"tag": "markdown", "content": f"**{NASTY}** [x](javascript:alert(1)) <at id={nasty}></at>"},
            {"tag": NASTY, "content": NASTY},
            button(NASTY, NASTY, confirm={"title": plain(NASTY), "text": plain(NASTY)}),
            {"tag": "form", "name": NASTY, "elements": [
                {"tag": "input", "name": NASTY, "label": plain(NASTY), "default_value": NASTY},
                {"tag": "select_static", "name": "s", "options": [{"text": plain(NASTY), "value": NASTY}]},
            ]},
        ]  # fmt: skip
        shown = card(*elements, title=NASTY, template=NASTY)
        talk.town.post("feishu", id="om_card", sender=BOT, text=NASTY, chat=made["id"], card=shown)
        await talk.post(
            "/_sandbox/read", {"platform": "feishu", "person": "lixiang", "message_id": said["message_id"]}
        )
        await talk.post("/open-apis/none", {NASTY: NASTY}, 404)
        await talk.post("/_sandbox/faults", [{"kind": "cut", "match": {"path": NASTY, "body": NASTY}}])
        where = {"as": someone(talk.town, "feishu", "李想"), "chat": made["id"]}
        pages = [await text_of(talk, "/", **where), await text_of(talk, "/page/people", q=NASTY.split()[0])]
        pages += [await text_of(talk, f"/page/{part}", **where) for part in PARTS]
        pages += [
            await text_of(talk, f"/page/{p}", **where, id=said["message_id"]) for p in ("readers", "robot")
        ]
        pages += [await text_of(talk, "/page/requests"), await text_of(talk, "/page/faults")]
        for html in pages:
            assert scripts_of(html) == [], html
            assert "<img src=x" not in html
        assert sum("alert(1)" in html for html in pages) >= 8


async def test_a_lone_surrogate_is_drawn():
    async with living_town() as talk:
        await talk.post(
            "/_sandbox/say", {"platform": "feishu", "person": "lixiang", "to": "bot", "text": "坏\ud800的"}
        )
        html = await text_of(talk, "/page/messages", **{"as": someone(talk.town, "feishu", "李想")})
        assert "坏?的" in html


def test_the_templates_switch_no_escaping_off_and_hold_no_script():
    for each in TEMPLATES.iterdir():
        source = each.read_text("utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup|\sstyle=|\son\w+=|javascript:", source), each.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source)), each.name


def test_the_modules_make_markup_in_one_place_only():
    sources = {each.name: each.read_text("utf-8") for each in STATIC.iterdir() if each.name.endswith(".js")}
    makers = [
        name for name, source in sources.items() if re.search(r"innerHTML|insertAdjacentHTML|eval\(", source)
    ]
    assert makers == ["door.js"]
    assert not [name for name, source in sources.items() if re.search(r"https?://", source)]
