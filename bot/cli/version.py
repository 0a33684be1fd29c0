"""``yizhan version`` (版本)."""

from __future__ import annotations

from importlib import metadata


def version() -> int:
    try:
        print(f"yizhan {metadata.version('yizhan')}")
    except metadata.PackageNotFoundError:  # a source tree that nobody installed
        print("yizhan (source)")
    return 0
