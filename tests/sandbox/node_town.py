"""The vendors' clients for Node: fetched once into a folder beside the machine's other temporary files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PACKAGES = ("@larksuiteoapi/node-sdk@1.74.0", "dingtalk-stream@2.1.5")
OLDEST = 18
HERE = Path(__file__).parent / "node"


def modules():
    """The folder with the clients. Skips without Node; where they cannot be fetched it skips too, and fails in CI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=False) if node else None
    number = re.match(r"v(\d+)", found.stdout) if found else None
    if npm is None or number is None or int(number[1]) < OLDEST:
        pytest.skip(f"no node ≥ {OLDEST}: the vendors' clients for Node judge nothing here")
    folder = Path(tempfile.gettempdir()) / (
        "yizhan-node-" + "-".join(re.sub(r"\W+", "_", p) for p in PACKAGES)
    )
    if not (folder / "done").exists():
        folder.mkdir(exist_ok=True)
        asked = [
            npm,
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(folder),
        ]
        try:
            got = subprocess.run([*asked, *PACKAGES], capture_output=True, text=True, check=False, timeout=90)
        except subprocess.TimeoutExpired:
            _not_fetched("the registry did not answer in time")
        if got.returncode:
            _not_fetched(got.stderr[-300:])
        (folder / "done").touch()
    return folder / "node_modules"


def _not_fetched(why):
    say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    say(f"the vendors' clients for Node could not be fetched: {why}")


class Child:
    """A client at work; ``hear`` waits for the next line of a kind."""

    def __init__(self, process):
        self._process = process
        self.said = []

    async def hear(self, kind):
        async with asyncio.timeout(60):
            while True:
                line = await self._process.stdout.readline()
                assert line, f"the client ended before it said {kind}: {self.said}"
                if line.startswith(b"{"):
                    self.said.append(json.loads(line))
                    if self.said[-1]["kind"] == kind:
                        return self.said[-1]


@contextlib.asynccontextmanager
async def running(script, folder, **told):
    environment = {**os.environ, **told, "NODE_PATH": str(folder), "NO_PROXY": "*", "no_proxy": "*"}
    process = await asyncio.create_subprocess_exec(
        "node",
        str(HERE / script),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield Child(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
