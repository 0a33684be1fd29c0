"""The town's own helpers stand one folder up; the vendor's package costs seconds and is loaded once."""

import asyncio
import importlib
import json
import queue
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

CHILD = Path(__file__).parent / "vendor_child.py"


def _load():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for area in ("contact.v3", "im.v1"):
            importlib.import_module(f"lark_oapi.api.{area}")


@pytest.fixture(scope="session")
def vendor():
    """``lark_oapi``, imported in a thread: it takes a loop at import, which is closed at the end."""
    thread = threading.Thread(target=_load)
    thread.start()
    thread.join()
    yield importlib.import_module("lark_oapi")
    importlib.import_module("lark_oapi.ws.client").loop.close()


class VendorLine:
    """The vendor's ws client in its process."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.told = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.told.put(json.loads(line))

    def tell(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    async def next(self, kind):
        """What it tells next of that kind; other things are passed over."""
        while True:
            told = await asyncio.to_thread(self.told.get, timeout=60)
            if told["kind"] == kind:
                return told

    async def connect(self, feishu, secret=None):
        self.tell(start=feishu.town.url, app_id=feishu.app_id, secret=secret or feishu.app_secret)
        return await self.next("connected" if secret is None else "ended")

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.reader.join(10)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def vendor_process():
    line = VendorLine()
    assert line.told.get(timeout=120)["kind"] == "ready"  # its import alone takes long on a busy machine
    yield line
    line.end()


@pytest.fixture
def vendor_line(vendor_process):
    yield vendor_process
    vendor_process.tell(stop=1, answer={}, fail=0)
    while vendor_process.told.get(timeout=60)["kind"] != "stopped":
        pass
