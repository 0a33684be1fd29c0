"""Starts one of several bots: a name of its own on the town's clock, and a lease that is over in seconds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # what these tests stand beside, not what is installed


def main() -> int:
    from bot import clock, sending, wiring

    name, lease_s = os.environ["INSTANCE"], float(os.environ["LEASE_S"])
    sending.LEASE_S, sending.RENEW_EVERY_S, sending.ASK_AGAIN_S = lease_s, lease_s / 4, lease_s / 8
    sending.NEED_S = lease_s / 3

    class Followed(clock.FollowedClock):
        def __init__(self, url: str) -> None:
            super().__init__(url, name)

    wiring.FollowedClock = Followed  # type: ignore[misc]
    from bot.__main__ import main as run

    return int(run() or 0)


if __name__ == "__main__":
    sys.exit(main())
