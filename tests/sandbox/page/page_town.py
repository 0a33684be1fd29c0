"""A town with a browser before it: Debian's chromium, with Chinese glyphs, looking at the real page."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

sys.path.insert(0, str(Path(__file__).parents[1]))

from core_town import MONDAY, Talk, at, living_town

__all__ = ["MONDAY", "Talk", "at", "living_town"]

PARTS = ("chats", "talk", "messages", "header", "members", "robot")
ARGUMENTS = ("--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")

DRAWN = """([...'驿站'].map((sign) => {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  pen.font = '40px sans-serif';
  pen.fillText(sign, 10, 60);
  return canvas.toDataURL();
}))"""
"""Pictures of two signs: the same when no font has them."""


def executable():
    """The browser's path; without one the test is skipped, but fails where everything must be run."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no browser: apt-get install chromium-headless-shell")
    return found


def with_chinese(folder):
    """The environment in which fontconfig knows a Chinese font, for machines that have none."""
    config = folder / "fonts.conf"
    fonts = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    config.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir>'
        f"<cachedir>{folder / 'font-cache'}</cachedir></fontconfig>"
    )
    return {**os.environ, "FONTCONFIG_FILE": str(config)}


@contextlib.asynccontextmanager
async def open_browser(folder):
    """A browser; each ``new_context`` of it is a person at a desk of their own."""
    from playwright.async_api import async_playwright

    path = executable()
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as player:
        browser = await player.chromium.launch(
            executable_path=path, args=[*root, *ARGUMENTS], env=with_chinese(folder)
        )
        try:
            yield browser
        finally:
            await browser.close()


def someone(town, platform, name):
    """The person's key as the page's address has it."""
    return f"{platform}:{town.person_named(platform, name).id}"


async def text_of(talk, path, status=200, **query):
    async with talk.http.get(talk.town.url + path, params=query) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


class Robot:
    """The app's side, by the platforms' own APIs: what it sends, and what it answers to a press on Feishu."""

    def __init__(self, talk):
        self.talk = talk
        self.pressed = []
        self.answer = {"toast": {"type": "success", "content": "记下了，谢谢"}}

    async def call(self, path, body, **headers):
        async with self.talk.http.post(self.talk.town.url + path, json=body, headers=headers) as answer:
            said = await answer.json()
            assert answer.status == 200, said
            return said

    async def feishu(self, to, kind, content, id_type="open_id"):
        """The new message's id."""
        app = self.talk.town.platforms["feishu"].ready_info()
        keys = {"app_id": app["app_id"], "app_secret": app["app_secret"]}
        token = (await self.call("/open-apis/auth/v3/tenant_access_token/internal", keys))[
            "tenant_access_token"
        ]
        body = {"receive_id": to, "msg_type": kind, "content": json.dumps(content)}
        path = f"/open-apis/im/v1/messages?receive_id_type={id_type}"
        return (await self.call(path, body, Authorization=f"Bearer {token}"))["data"]["message_id"]

    async def dingtalk_card(self, chat, name, values, private=None):
        app = self.talk.town.platforms["dingtalk"].ready_info()
        keys = {"appKey": app["client_id"], "appSecret": app["client_secret"]}
        token = (await self.call("/v1.0/oauth2/accessToken", keys))["accessToken"]
        body = {
            "cardTemplateId": app["card_template"], "outTrackId": name, "callbackType": "STREAM",
            "cardData": {"cardParamMap": values}, "openSpaceId": f"dtv1.card//IM_GROUP.{chat}",
            "privateData": {who: {"cardParamMap": own} for who, own in (private or {}).items()},
            "imGroupOpenSpaceModel": {}, "imGroupOpenDeliverModel": {"robotCode": app["robot_code"]},
        }  # fmt: skip
        headers = {"x-acs-dingtalk-access-token": token}
        await self.call("/v1.0/card/instances/createAndDeliver", body, **headers)

    @contextlib.asynccontextmanager
    async def listening(self):
        """Takes Feishu's callbacks at a web address of its own."""

        async def hear(request):
            said = await request.json()
            if "challenge" in said:
                return web.json_response({"challenge": said["challenge"]})
            if said["header"]["event_type"] == "card.action.trigger":
                self.pressed.append(said["event"]["action"])
                return web.json_response(self.answer)
            return web.json_response({})

        server = TestServer(app := web.Application())
        app.router.add_post("/", hear)
        async with server:
            url = str(server.make_url("/"))
            wanted = {"feishu.webhook_url": url, "feishu.webhook_encrypted": False}
            await self.talk.post("/_sandbox/settings", wanted)
            yield self


def card(*elements, title="停电通知", template="orange"):
    """A card of Feishu, schema 2.0."""
    header = {"title": {"tag": "plain_text", "content": title}, "template": template}
    return {"schema": "2.0", "header": header, "body": {"elements": list(elements)}}


def plain(words):
    return {"tag": "plain_text", "content": words}


def button(label, action, **more):
    behaviors = [{"type": "callback", "value": {"a": action}}]
    return {"tag": "button", "text": plain(label), "type": "default", "behaviors": behaviors, **more}
