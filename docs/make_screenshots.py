"""Take the pictures of the chat page: ``python docs/make_screenshots.py [--town URL] [OUTDIR]``.

Without ``--town`` a town of its own is started and an evening and a morning are played in it; the words of the robot
are sent by the platforms' APIs, as an app sends them. With ``--town`` the pictures show what is there.
Needs the development environment and Debian's chromium-headless-shell.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pylopdf_fonts_zh_cn
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
LARGEST_BYTES = 300 * 1024
INTRODUCTION = (
    "我是驿站，帮大家发通知、守作息、收意见。常用三句：\n“发通知”：先预览再发；“我要反馈”：可以匿名；“我的消息”：看排队中的。\n"
    "我不读群里的聊天；我会记什么，说“你记录了我什么”就能看。"
)
THANKS = "记下了，谢谢。不用在群里再回“收到”。"
Json = dict[str, Any]


def main() -> int:
    """Exit 1 if a picture is larger than 300 KB."""
    parser = argparse.ArgumentParser(description="Pictures of the chat page for README and docs.")
    parser.add_argument("--town", help="http://127.0.0.1:8900, a town that lives already")
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "docs" / "images")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        town = Town({"url": asked.town} if asked.town else stack.enter_context(own_town()))
        if not asked.town:
            stack.enter_context(listening(town))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        player = stack.enter_context(sync_playwright())
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = player.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=[*root, "--disable-gpu", "--disable-dev-shm-usage", "--lang=zh-CN"], env=with_chinese(folder),
        )  # fmt: skip
        for play, name, size, who, click in SCENES:
            if not asked.town:
                play(town)
            shot(town, browser, asked.out / name, size, who, click)
        browser.close()
    sizes = {path.name: path.stat().st_size for path in sorted(asked.out.glob("chat-*.png"))}
    sys.stdout.write("".join(f"{name}  {size // 1024} KB\n" for name, size in sizes.items()))
    return 1 if any(size > LARGEST_BYTES for size in sizes.values()) else 0


def shot(
    town: Town, browser: Browser, path: Path, size: tuple[int, int], who: tuple[str, str, str], click: str
) -> None:
    platform, account, chat = who
    query = {"as": f"{platform}:{account}"} | ({"chat": town.chat(platform, chat)["id"]} if chat else {})
    width, height = size
    small = width < 700
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", is_mobile=small,
        has_touch=small, device_scale_factor=2 if small else 1,
    )  # fmt: skip
    (page := context.new_page()).goto(f"{town.url}/?{urlencode(query)}")
    page.wait_for_selector("body[data-live]")
    page.wait_for_selector("li[data-unread]", state="detached")
    if click:
        page.click(click)
    page.wait_for_timeout(600)
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=path)
    context.close()


def with_chinese(folder: Path) -> dict[str, str | float | bool]:
    """The environment in which fontconfig knows a Chinese font."""
    fonts = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    config = folder / "fonts.conf"
    config.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir>'
        f"<cachedir>{folder / 'cache'}</cachedir></fontconfig>"
    )
    return {**os.environ, "FONTCONFIG_FILE": str(config), "LANGUAGE": "zh_CN"}


@contextlib.contextmanager
def own_town() -> Iterator[Json]:
    """The line a new town prints, its clock standing on a Tuesday afternoon."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--clock", "2026-09-08T16:40+08:00"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None  # noqa: S101
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


class Town:
    """The control door, and the two APIs as the app uses them."""

    def __init__(self, ready: Json) -> None:
        self.ready = ready
        self.url: str = ready["url"]

    def call(self, path: str, body: Any = None, method: str = "POST", **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        named = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        request = urllib.request.Request(self.url + path, data, named, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {error.code} {error.read().decode()}") from error

    def chat(self, platform: str, name: str) -> Json:
        chats: list[Json] = self.call(f"/_sandbox/chats?platform={platform}", method="GET")
        return next(chat for chat in chats if chat["name"] == name)

    def person(self, platform: str, account: str) -> str:
        people: list[Json] = self.call(f"/_sandbox/people?platform={platform}", method="GET")
        return str(next(each["id"] for each in people if each["account"] == account))

    def walk(self, moment: str) -> None:
        self.call("/_sandbox/clock", {"set": moment})

    def say(self, platform: str, account: str, to: str, text: str, *mentions: str) -> None:
        who = {"platform": platform, "person": account, "to": to, "text": text}
        self.call("/_sandbox/say", {**who, "mentions": list(mentions)})

    def read(self, platform: str, message: str, people: list[str]) -> None:
        for person in people:
            self.call("/_sandbox/read", {"platform": platform, "person": person, "message_id": message})

    def last(self, platform: str, chat: str) -> str:
        found = self.call(
            f"/_sandbox/messages?{urlencode({'platform': platform, 'chat': chat})}", method="GET"
        )
        return str(found[-1]["id"])

    def feishu(self, to: str, kind: str, content: Json, id_type: str = "open_id") -> None:
        keys = {key: self.ready["feishu"][key] for key in ("app_id", "app_secret")}
        token = self.call("/open-apis/auth/v3/tenant_access_token/internal", keys)["tenant_access_token"]
        body = {"receive_id": to, "msg_type": kind, "content": json.dumps(content, ensure_ascii=False)}
        path = f"/open-apis/im/v1/messages?receive_id_type={id_type}"
        self.call(path, body, Authorization=f"Bearer {token}")

    def dingtalk(self, chat: str, track: str, values: dict[str, str], private: dict[str, Json]) -> None:
        app = self.ready["dingtalk"]
        keys = {"appKey": app["client_id"], "appSecret": app["client_secret"]}
        token = self.call("/v1.0/oauth2/accessToken", keys)["accessToken"]
        body = {
            "cardTemplateId": app["card_template"], "outTrackId": track, "callbackType": "STREAM",
            "cardData": {"cardParamMap": values}, "openSpaceId": f"dtv1.card//IM_GROUP.{chat}",
            "privateData": {who: {"cardParamMap": own} for who, own in private.items()},
            "imGroupOpenSpaceModel": {}, "imGroupOpenDeliverModel": {"robotCode": app["robot_code"]},
        }  # fmt: skip
        self.call("/v1.0/card/instances/createAndDeliver", body, x_acs_dingtalk_access_token=token)


def evening(town: Town) -> None:
    """A notice is written at night."""
    me = town.person("feishu", "lixiang")
    town.say("feishu", "lixiang", "bot", "你是谁啊")
    town.feishu(me, "text", {"text": INTRODUCTION})
    town.walk("2026-09-08T17:12+08:00")
    town.say("feishu", "chenli", "研发部", "下周开始联调，接口有改动的今天说一声")
    town.walk("2026-09-08T17:20+08:00")
    town.say("feishu", "lixiang", "研发部", "@陈立 有两处，晚点发通知", town.person("feishu", "chenli"))
    town.say("feishu", "zhaoxiaoman", "羽毛球社", "周五晚上七点，三号场")
    town.walk("2026-09-08T21:36+08:00")
    town.say("feishu", "chenli", "研发日常", "@李想 夜宵到了，三楼", me)
    town.walk("2026-09-08T21:40+08:00")
    town.say("feishu", "lixiang", "bot", "通知研发部：周四下午两点会议室A过一下接口文档")
    town.feishu(me, "interactive", card(
        "9月9日（周三）早上送达", "blue",
        ["收好了。现在已经下班，我替你排到 9月9日（周三）09:00–09:10 之间送达，研发部 41 人；乌鲁木齐 5 位 10:00 后收到。",
         "“周四（9月10日）14:00，会议室A，过接口文档。”"],
        "要按一次〔就这样〕才会发出",
        [("就这样", "primary_filled"), ("改内容", "default"), ("改时间", "default"), ("这件事很急", "danger")],
    ))  # fmt: skip


def plant(town: Town) -> None:
    """A power cut in the plant, with two faults waiting."""
    group, fitter = town.chat("dingtalk", "苏州工厂"), town.person("dingtalk", "sunli")
    town.walk("2026-09-09T08:31+08:00")
    town.say("dingtalk", "heqiang", group["id"], "@孙莉 二车间 3 号机的备件到了吗", fitter)
    town.walk("2026-09-09T08:34+08:00")
    town.say("dingtalk", "sunli", group["id"], "到了，停电的时候一起换")
    town.walk("2026-09-09T09:02+08:00")
    values = {
        "title": "【重要】今天（周三）用电检修",
        "body1": "9月9日（周三）10:00–11:30，一车间、二车间停电检修。\n停电前请保存数据、停好设备。",
        "hint": "由 何强 发出，苏州工厂 64 人", "state": "",
        "b1_text": "收到", "b1_show": "true", "b1_id": "a1", "b2_text": "为什么我会收到", "b2_show": "true",
        "b2_id": "a2",
    }  # fmt: skip
    town.dingtalk(group["id"], "yz-0001", values, {fitter: {"hint": THANKS}})
    message = town.last("dingtalk", group["id"])
    town.read("dingtalk", message, [each for each in group["members"] if each != fitter][:41])
    faults = [
        {"stream": "dingtalk", "kind": "lost-ack"},
        {"match": {"platform": "dingtalk", "path": "/v1.0/card"}, "kind": "status:429", "times": 3},
    ]
    town.call("/_sandbox/faults", faults)


def morning(town: Town) -> None:
    """The notice of the evening is there, and somebody presses 收到."""
    group, tester = town.chat("feishu", "研发部"), town.person("feishu", "zhangwei")
    town.walk("2026-09-09T09:04+08:00")
    mentions = f"<at id={tester}></at> <at id={town.person('feishu', 'chenli')}></at>"
    town.feishu(group["id"], "interactive", card(
        "【重要】周四 14:00 过接口文档", "orange",
        ["周四（9月10日）14:00，会议室A。请先看一遍 v3 的字段改动，会上只讨论分歧。"],
        "由 李想 发出，研发部 41 人；乌鲁木齐 5 位 10:00 后收到",
        [("收到", "primary_filled"), ("为什么我会收到", "default")], mentions,
    ), "chat_id")  # fmt: skip
    readers = [each for each in group["members"] if each != tester]
    town.read("feishu", town.last("feishu", group["id"]), readers[:22])


SCENES: tuple[tuple[Callable[[Town], None], str, tuple[int, int], tuple[str, str, str], str], ...] = (
    (evening, "chat-feishu.png", (1360, 860), ("feishu", "lixiang", ""), ""),
    (plant, "chat-dingtalk.png", (1360, 860), ("dingtalk", "sunli", "苏州工厂"), "#tab-faults"),
    (morning, "chat-phone.png", (390, 800), ("feishu", "zhangwei", "研发部"), ".card button"),
)
"""What is played before a picture; its name and size; who looks at which conversation; what is clicked."""


@contextlib.contextmanager
def listening(town: Town) -> Iterator[None]:
    """Takes what Feishu tells the app at a web address, and thanks whoever presses a button."""

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            pressed = said.get("header", {}).get("event_type") == "card.action.trigger"
            toast = {"toast": {"type": "success", "content": THANKS}}
            answer = toast if pressed else {"challenge": said.get("challenge")}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        log_message = staticmethod(lambda *_: None)  # type: ignore[assignment]

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    town.call("/_sandbox/settings", {"feishu.webhook_url": address, "feishu.webhook_encrypted": False})
    try:
        yield
    finally:
        server.shutdown()


def card(
    title: str,
    colour: str,
    paragraphs: list[str],
    hint: str,
    buttons: list[tuple[str, str]],
    mentions: str = "",
) -> Json:
    """As Yizhan draws a card on Feishu."""
    elements: list[Json] = [{"tag": "markdown", "content": mentions}] if mentions else []
    elements += [{"tag": "div", "text": {"tag": "plain_text", "content": each}} for each in paragraphs]
    note = {"tag": "plain_text", "content": hint, "text_size": "notation", "text_color": "grey"}
    elements.append({"tag": "div", "text": note})
    for number, (label, kind) in enumerate(buttons):
        press = [{"type": "callback", "value": {"a": f"{colour}{number}"}}]
        text = {"tag": "plain_text", "content": label}
        elements.append({"tag": "button", "text": text, "type": kind, "behaviors": press})
    header = {"title": {"tag": "plain_text", "content": title}, "template": colour}
    return {
        "schema": "2.0",
        "config": {"update_multi": True},
        "header": header,
        "body": {"elements": elements},
    }


if __name__ == "__main__":
    sys.exit(main())
