"""A child program on strings: the parent's hello says what it does, step by step."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

from adapters.pipe import ChildPipe


async def act(pipe: ChildPipe, script: list[list[Any]]) -> None:
    for step, *rest in script:
        match step:
            case "say":
                pipe.say(rest[0], **rest[1])
            case "ask":
                answers = await asyncio.gather(
                    *(
                        pipe.ask(body=body, kind="event", headers={"n": str(n)})
                        for n, body in enumerate(rest[0])
                    )
                )
                pipe.say("log", level=30, logger="puppet", text=repr(answers))
            case "print":
                sys.stdout.write(rest[0])
                sys.stdout.flush()
            case "raw":
                os.write(pipe._out.fileno(), bytes.fromhex(rest[0]))
            case "show":
                pipe.say("log", level=30, logger="puppet", text=f"{sorted(os.environ)} {sys.argv}")
            case "exit":
                sys.stderr.write("my last words\n")
                sys.stderr.flush()
                os._exit(3)
            case "deaf":
                pipe._on_bye = lambda: None
                time.sleep(600)  # noqa: ASYNC251 - as the SDKs do
    await asyncio.Event().wait()


def main() -> None:
    pipe = ChildPipe()
    hello = pipe.hello()
    loop = asyncio.new_event_loop()
    pipe.attach(loop, on_bye=lambda: os._exit(0))
    loop.run_until_complete(act(pipe, hello["script"]))


if __name__ == "__main__":
    main()
