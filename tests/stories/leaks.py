"""Secrets in the wrong place: every story ends with a look into everything that was written while it was told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.town import Town

CREDENTIALS = {"feishu": ("app_secret", "verification_token", "encrypt_key"), "dingtalk": ("client_secret",)}
ALWAYS = b"sendBySession?session="
"""The address by which anybody may answer in the bot's name."""


def secrets_of(town: Town) -> set[bytes]:
    """The apps' credentials, and every token that was given out; they are drawn for this town and stand nowhere else."""
    found = {ALWAYS}
    for name, platform in town.platforms.items():
        side: Any = platform
        found |= {getattr(side, key).encode() for key in CREDENTIALS[name]}
        found |= {token.encode() for token in side.tokens._all}
    return found


def leaks(town: Town, folder: Path) -> list[str]:
    """Files with a secret in them: logs, the store, its write-ahead log, copies, the ballots' keys; not a secret's own."""
    secrets = secrets_of(town)
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        body = path.read_bytes()
        if body.strip() not in secrets and any(one in body for one in secrets):
            found.append(str(path.relative_to(folder)))
    return found


def told(town: Town, words: str) -> bool:
    """Whether what a command has printed holds one."""
    return any(one in words.encode() for one in secrets_of(town))
