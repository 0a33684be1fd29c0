"""钥匙 (keys): a folder of its own outside the database and outside every backup, a file for each open box.

A key is made once, read for sealing and for the count, and destroyed. Who has a copy of the store and not of this
folder has boxes that nobody can open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_SUFFIX = ".key"


class KeyLost(Exception):
    """The folder has no usable key for this box."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """Of one box.

    Attributes:
        public: boxes are sealed to it. It is read from here and never from the database, which somebody may write.
        private: opens them; ``b""`` where a second person keeps it.
        tagging: makes the tags of 乙式, which mean nobody once it is gone.
    """

    public: bytes
    private: bytes
    tagging: bytes

    def tag(self, run: str, person: str) -> str:
        return hmac.new(self.tagging, f"{run}\n{person}".encode(), hashlib.sha256).hexdigest()


class KeyFolder:
    """Files are 0600, the folder 0700; every change is on the disk before a method returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, run: str, holder_key: str = "") -> Key:
        """The key of ``run``, made now unless it is there already (a start that was broken off).

        Args:
            holder_key: the public half, in hex, of a key that a second person keeps.

        Raises:
            OSError: the folder cannot be written.
        """
        try:
            return self.get(run)
        except KeyLost:
            pass
        if holder_key:
            key = Key(bytes.fromhex(holder_key), b"", secrets.token_bytes(32))
        else:
            key = Key(*pair(), secrets.token_bytes(32))
        self._write(run, key)
        return self.get(run)

    def get(self, run: str) -> Key:
        """Raises ``KeyLost``."""
        try:
            row = json.loads(self._path(run).read_bytes())
            return Key(*(bytes.fromhex(row[name]) for name in ("public", "private", "tagging")))
        except (OSError, ValueError, KeyError, TypeError):
            raise KeyLost(run) from None

    def runs(self) -> frozenset[str]:
        """Whose keys are there."""
        if not self.folder.is_dir():
            return frozenset()
        return frozenset(path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}"))

    def destroy(self, run: str) -> bool:
        """Overwrite, unlink, and see to it that the folder has forgotten; ``False``: there was none.

        On a disk that keeps old blocks the overwriting is worth little; that the name is gone is what we promise.
        """
        path = self._path(run)
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return False
        self._sync_folder()
        return True

    def _write(self, run: str, key: Key) -> None:
        """Whole or not at all: a file that was cut short would be a lost questionnaire."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        row = {"public": key.public.hex(), "private": key.private.hex(), "tagging": key.tagging.hex()}
        half = self.folder / f".{run}.{secrets.token_hex(4)}.new"
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(row).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, self._path(run))  # never over one that is there: somebody may have sealed to it
        except FileExistsError:
            return
        finally:
            half.unlink()
            self._sync_folder()

    def _path(self, run: str) -> Path:
        if "/" in run or run.startswith("."):
            raise ValueError("not a name of ours")
        return self.folder / f"{run}{_SUFFIX}"

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def pair() -> tuple[bytes, bytes]:
    """A fresh public and private half, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.public_key().public_bytes_raw(), private.private_bytes_raw()


def belong_together(public: bytes, private: bytes) -> bool:
    """Whether a key that a holder hands in opens the boxes that were sealed to ``public``."""
    if len(private) != 32:
        return False
    mine = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return hmac.compare_digest(mine, public)
