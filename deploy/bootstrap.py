"""Set up ``.venv`` from a lock with hashes, once per lock: ``python3.11 deploy/bootstrap.py run|dev``.

Only the standard library. uv installs when it can be had (a few seconds), pip otherwise.
Mirrors are taken from the environment (PIP_INDEX_URL, UV_DEFAULT_INDEX), never from here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}


def main() -> int:
    """Exit 0 when the environment is ready, 1 with a sentence that says what to do otherwise."""
    want = sys.argv[1] if len(sys.argv) > 1 else "run"
    if want not in LOCKS:
        return say(f"用法：python3.11 deploy/bootstrap.py {'|'.join(LOCKS)}")
    if sys.version_info < (3, 11):  # noqa: UP036 - this very file meets whatever Python make found
        return say(
            f"需要 Python 3.11 或更新版本，现在是 {sys.version.split()[0]}。可以用 make PYTHON=/路径/python3.11 指定。"
        )
    if any(stamp(kind).exists() for kind in ("dev", want)) and python().exists():
        return 0
    print(f"第一次准备环境（{LOCKS[want].name}，按哈希校验），大约半分钟……", flush=True)
    if not make_venv():
        return 1
    if not install(LOCKS[want]):
        return say(
            "依赖没有装好。国内网络较慢时，可以先设置你们公司常用的镜像（PIP_INDEX_URL），再运行一次。"
        )
    stamp(want).touch()
    return 0


def stamp(kind: str) -> Path:
    """A file whose name says which lock and project file the environment was made from."""
    digest = hashlib.sha256()
    for part in (LOCKS[kind], ROOT / "pyproject.toml"):
        digest.update(part.read_bytes())
    return VENV / f".ready-{kind}-{digest.hexdigest()[:16]}"


def python() -> Path:
    return VENV / "bin" / "python"


def make_venv() -> bool:
    if python().exists():
        return True
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, capture_output=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(VENV, ignore_errors=True)
        say("这台机器的 Python 不能建虚拟环境。Debian/Ubuntu 请先装：apt-get install python3.11-venv")
        return False
    return True


def install(lock: Path) -> bool:
    uv = find_uv()
    env = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    if uv:
        locked = [*uv, "pip", "install", "-q", "--require-hashes", "-r", str(lock)]
        project = [*uv, "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
        if run(locked, env) and run(project, env):
            return True
    pip = [str(python()), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    return run([*pip, "--require-hashes", "-r", str(lock)], env) and run(
        [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], env
    )


def find_uv() -> list[str]:
    """uv from the path, or the locked one into the environment; empty where neither is to be had."""
    found = shutil.which("uv")
    if found:
        return [found]
    pinned = locked_lines(LOCKS["dev"], "uv")
    if not pinned:
        return []
    wanted = VENV / "uv.lock.txt"
    wanted.write_text(pinned, encoding="utf-8")
    pip = [str(python()), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if run([*pip, "--require-hashes", "--no-deps", "-r", str(wanted)], dict(os.environ), quiet=True):
        return [str(VENV / "bin" / "uv")]
    return []


def locked_lines(lock: Path, name: str) -> str:
    """The lines of one package in a lock: its pin and its hashes."""
    taken: list[str] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if taken and not line.startswith("    "):
            break
        if taken or line.startswith(f"{name}=="):
            taken.append(line)
    return "\n".join(line for line in taken if not line.strip().startswith("#")) + "\n" if taken else ""


def run(command: list[str], env: dict[str, str], *, quiet: bool = False) -> bool:
    done = subprocess.run(command, env=env, capture_output=quiet, check=False)
    return done.returncode == 0


def say(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
