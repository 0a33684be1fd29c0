"""``yizhan`` and ``python -m bot``: the way in."""

from __future__ import annotations

import sys


def main() -> None:
    from bot.cli import app

    sys.exit(app.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
