"""Take the pictures of the chat page: ``python docs/make_screenshots.py [--town URL] [OUTDIR]``.

Without ``--town`` a town and a robot are started, and an evening and a morning are played: people speak and press,
the robot answers as it does anywhere. With ``--town`` the pictures show what is there.
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
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pylopdf_fonts_zh_cn
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
LARGEST_BYTES = 300 * 1024
Json = dict[str, Any]


def main() -> int:
    """Exit 1 if a picture is larger than 300 KB."""
    parser = argparse.ArgumentParser(description="Pictures of the chat page for README and docs.")
    parser.add_argument("--town", help="http://127.0.0.1:8900, a town that lives already")
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "docs" / "images")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        town = Town({"url": asked.town} if asked.town else stack.enter_context(own_town(folder)))
        if not asked.town:
            stack.enter_context(living(folder))
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
def own_town(folder: Path) -> Iterator[Json]:
    """The line a new town prints, its clock standing on a Tuesday afternoon."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--clock", "2026-09-08T16:40+08:00"]
    command += ["--write-config", str(folder / "config.toml")]
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

    def press(self, platform: str, account: str, label: str) -> None:
        """The button with this label on the robot's latest card in the direct chat."""
        who = self.person(platform, account)
        query = urlencode({"platform": platform, "person": who})
        said = self.call(f"/_sandbox/messages?{query}", method="GET")
        message = next(each for each in reversed(said) if each["sender"] == "bot" and each.get("card"))
        values = message["card"].get("cardParamMap", {})
        named = {
            values[f"b{n}_text"]: values[f"b{n}_id"]
            for n in range(1, 7)
            if values.get(f"b{n}_show") == "true"
        }
        body = {
            "platform": platform,
            "person": who,
            "message_id": message["id"],
            "action": named.get(label, label),
        }
        self.call("/_sandbox/press", body)
        self.rest()

    def rest(self) -> None:
        """Until the robot has nothing to do at this moment."""
        now = self.call("/_sandbox/clock", method="GET")["now"]
        self.walk(now)


def evening(town: Town) -> None:
    """A notice is written at night."""
    town.walk("2026-09-08T16:41+08:00")
    town.say("feishu", "lixiang", "bot", "你是谁啊")
    town.walk("2026-09-08T17:12+08:00")
    town.say("feishu", "chenli", "研发部", "下周开始联调，接口有改动的今天说一声")
    town.walk("2026-09-08T17:20+08:00")
    town.say("feishu", "lixiang", "研发部", "@陈立 有两处，晚点发通知", town.person("feishu", "chenli"))
    town.say("feishu", "zhaoxiaoman", "羽毛球社", "周五晚上七点，三号场")
    town.walk("2026-09-08T21:36+08:00")
    town.say("feishu", "chenli", "研发日常", "@李想 夜宵到了，三楼", town.person("feishu", "lixiang"))
    town.walk("2026-09-08T21:40+08:00")
    town.say("feishu", "lixiang", "bot", "通知研发部：周四下午两点会议室A过一下接口文档")
    town.rest()


def morning(town: Town) -> None:
    """An important notice of the market's head goes into her group next morning."""
    town.press("feishu", "lixiang", "就这样")
    town.walk("2026-09-09T09:31+08:00")
    town.say(
        "feishu",
        "wangfang",
        "bot",
        "通知市场部：【重要】周四14:00 过秋季新品预算，请先看一遍表 @赵小满 @陈嘉",
    )
    town.rest()
    town.press("feishu", "wangfang", "就这样")
    town.walk("2026-09-09T09:40+08:00")
    group = town.chat("feishu", "市场部")
    town.read("feishu", town.last("feishu", group["id"]), group["members"][:17])


def plant(town: Town) -> None:
    """A power cut in the plant, with two faults waiting."""
    group, fitter = town.chat("dingtalk", "苏州工厂"), town.person("dingtalk", "sunli")
    town.walk("2026-09-09T10:31+08:00")
    town.say("dingtalk", "heqiang", group["id"], "@孙莉 二车间 3 号机的备件到了吗", fitter)
    town.walk("2026-09-09T10:34+08:00")
    town.say("dingtalk", "sunli", group["id"], "到了，停电的时候一起换")
    town.walk("2026-09-09T10:42+08:00")
    town.say(
        "dingtalk",
        "heqiang",
        "bot",
        "通知苏州工厂：【重要】今天 14:00–15:30 一车间、二车间停电检修，停电前请停好设备 @孙莉",
    )
    town.rest()
    town.press("dingtalk", "heqiang", "就这样")
    town.walk("2026-09-09T10:45+08:00")
    message = town.last("dingtalk", group["id"])
    town.read("dingtalk", message, [each for each in group["members"] if each != fitter][:41])
    faults = [
        {"stream": "dingtalk", "kind": "lost-ack"},
        {"match": {"platform": "dingtalk", "path": "/v1.0/card"}, "kind": "status:429", "times": 3},
    ]
    town.call("/_sandbox/faults", faults)


SCENES: tuple[tuple[Callable[[Town], None], str, tuple[int, int], tuple[str, str, str], str], ...] = (
    (evening, "chat-feishu.png", (1360, 860), ("feishu", "lixiang", ""), ""),
    (morning, "chat-phone.png", (390, 800), ("feishu", "zhaoxiaoman", "市场部"), ""),
    (plant, "chat-dingtalk.png", (1360, 860), ("dingtalk", "sunli", "苏州工厂"), "#tab-faults"),
)
"""What is played before a picture; its name and size; who looks at which conversation; what is clicked."""


@contextlib.contextmanager
def living(folder: Path) -> Iterator[None]:
    """The robot itself, as an admin starts it; it is there once both its lines are open."""
    command = [sys.executable, "-m", "bot", "run", "--config", str(folder / "config.toml")]
    with (folder / "bot.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
    try:
        while (folder / "bot.log").read_text(encoding="utf-8").count("line open") < len(
            ("feishu", "dingtalk")
        ):
            if process.poll() is not None:
                raise SystemExit((folder / "bot.log").read_text(encoding="utf-8"))
            threading.Event().wait(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    sys.exit(main())
