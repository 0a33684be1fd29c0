"""How much the town bears: a large company, a million messages, and the simplest call against a bare handler.

``python -m bench.town [--rounds 3] [--seconds 2] [--messages 1000000]`` prints one JSON object. The server is a
process of its own, the load comes from this one: two cores in all. Every figure of time stands beside a reference
of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import platform
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

from aiohttp import web

from sandbox import app

CONNECTIONS = 16
SMALL, COMPANY = 1000, "large:10000"
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"


# -- the server's side


async def serve(kind):
    """Says where it is, then obeys: ``fill N`` brings the record to N messages, an empty line ends it."""
    town = None
    if kind == "bare":
        bare = web.Application()

        async def hello(request):
            await request.read()
            return web.json_response(
                {"code": 0, "msg": "ok", "expire": 7200, "tenant_access_token": "t-" + "0" * 32}
            )

        bare.router.add_post(TOKEN, hello)
        runner = web.AppRunner(bare, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        say(
            {
                "url": f"http://127.0.0.1:{runner.addresses[0][1]}",
                "body": {"app_id": "cli_0", "app_secret": "0" * 32},
            }
        )
    else:
        began = time.perf_counter()
        town = app.build_town(company=kind)
        runner = await app.start(town)
        feishu = town.platforms["feishu"]
        keys = {"app_id": feishu.app_id, "app_secret": feishu.app_secret}
        say(
            {
                "url": town.url,
                "body": keys,
                "built_s": round(time.perf_counter() - began, 2),
                "rss_mb": rss_mb(),
            }
        )
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        began = time.perf_counter()
        fill(town, int(line[1]))
        say({"filled_s": round(time.perf_counter() - began, 1), "rss_mb": rss_mb()})
    await runner.cleanup()


def fill(town, wanted):
    chats = list(town.chats["feishu"].values())
    members = [list(chat.members) for chat in chats]
    for number in range(len(town.messages), wanted):
        at = number % len(chats)
        sender = members[at][number // len(chats) % len(members[at])]
        town.post(
            "feishu", id=f"om_bench_{number}", sender=sender, text="明天上午十点开会", chat=chats[at].id
        )


def rss_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024)


def say(value):
    print(json.dumps(value), flush=True)


# -- the load's side


class Server:
    """A child process that serves."""

    def __init__(self, kind):
        self.child = subprocess.Popen(
            [sys.executable, "-m", "bench.town", "--serve", kind],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told = json.loads(self.child.stdout.readline())
        self.url = self.told["url"]

    def order(self, text):
        self.child.stdin.write(text + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def end(self):
        self.child.stdin.close()
        self.child.wait(30)

    def rate(self, seconds):
        """Answers a second to the simplest call."""
        return asyncio.run(load(self.url, json.dumps(self.told["body"]).encode(), seconds))

    def send(self):
        """Milliseconds of sending one message by the API: the middle of thirty, one after another."""
        time.sleep(1.2)  # the limit of this call is per second
        token = self.call(TOKEN, self.told["body"])["tenant_access_token"]
        took = []
        for person in self.people[:30]:
            body = {"receive_id": person, "msg_type": "text", "content": json.dumps({"text": "你好"})}
            began = time.perf_counter()
            self.call("/open-apis/im/v1/messages?receive_id_type=open_id", body, token)
            took.append((time.perf_counter() - began) * 1000)
        return round(statistics.median(took), 2)

    def call(self, path, body, token=""):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        asked = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked) as answer:
            said = json.loads(answer.read())
        if said["code"] != 0:
            raise RuntimeError(said)
        return said

    def get(self, path, times=5):
        """Milliseconds, the middle of a few."""
        took = []
        for _ in range(times):
            began = time.perf_counter()
            with urllib.request.urlopen(self.url + path) as answer:
                self.body = answer.read()
            took.append((time.perf_counter() - began) * 1000)
        return round(statistics.median(took), 1)


class Client(asyncio.Protocol):
    """Sends the same request again as soon as the answer is there."""

    def __init__(self, request):
        self.request, self.answers = request, 0

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        if not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(data[:200])
        self.answers += 1
        self.transport.write(self.request)


async def load(url, body, seconds):
    where = urllib.parse.urlsplit(url)
    head = f"POST {TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: Client(head.encode() + body), where.hostname, where.port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(0.3)
    before, began = sum(c.answers for c in clients), time.perf_counter()
    await asyncio.sleep(seconds)
    done, took = sum(c.answers for c in clients) - before, time.perf_counter() - began
    for client in clients:
        client.transport.abort()
    return round(done / took)


# -- what is measured


async def digest():
    """Of everything that is drawn in a town: people, departments, chats, and what calls make."""
    town = app.build_town(start=None, seed=7, company="large:500")
    seen = hashlib.sha256()
    for side in (town.people, town.departments, town.chats):
        for platform_name, every in side.items():
            seen.update(f"{platform_name}{list(every)}".encode())
    person = next(iter(town.people["feishu"].values()))
    for _ in range(50):
        seen.update((await town.platforms["feishu"].say(person, "bot", "你好")).encode())
    for each in town.platforms.values():
        await each.close()
    await town.clock.close()
    return seen.hexdigest()[:16]


def measure(asked):
    found = {"machine": machine(), "rounds": asked.rounds}
    found["same_seed_same_ids"] = asyncio.run(digest()) == asyncio.run(digest())
    bare, town = Server("bare"), Server(COMPANY)
    try:
        town.get("/_sandbox/people?platform=feishu", 1)
        town.people = [person["id"] for person in json.loads(town.body)]
        chats = town.get("/_sandbox/chats", 1) and json.loads(town.body)
        found["people"], found["groups"] = 10_000, len(chats)
        found |= {"built_s": town.told["built_s"], "rss_mb_empty": town.told["rss_mb"]}
        me = urllib.parse.quote(f"feishu:{town.people[0]}")
        pages = {
            "first_paint": "/", "first_paint_as": f"/?as={me}", "search": "/page/people?q=" + urllib.parse.quote("张"),
            "people": "/_sandbox/people", "chats": "/_sandbox/chats",
        }  # fmt: skip
        for count, name in ((SMALL, "1k"), (asked.messages, "1M")):
            filled = town.order(f"fill {count}")
            found[f"rss_mb_{name}"] = filled["rss_mb"]
            rounds = [(bare.rate(asked.seconds), town.rate(asked.seconds)) for _ in range(asked.rounds)]
            found[f"bare_per_s_{name}"] = statistics.median(each for each, _ in rounds)
            found[f"town_per_s_{name}"] = statistics.median(each for _, each in rounds)
            found[f"ratio_{name}"] = round(statistics.median(t / b for b, t in rounds), 2)
            found[f"send_ms_{name}"] = statistics.median(town.send() for _ in range(asked.rounds))
            found[f"pages_ms_{name}"] = {key: town.get(path) for key, path in pages.items()}
    finally:
        bare.end()
        town.end()
    return found


def machine():
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "",
    )
    return f"{cpu or platform.machine()}, Python {platform.python_version()}, {platform.system()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--serve")
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(serve(asked.serve))
    else:
        print(json.dumps(measure(asked), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
