"""``yizhan run`` (运行): the bot itself, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

from bot import logs
from bot.cli import DONE, FAILED, GUARDED, texts
from bot.cli.options import ConfigFile
from bot.config import load


def run(*, config: ConfigFile = None) -> int:
    loaded = load.load(load.find(config))
    logs.setup(loaded)
    return asyncio.run(_run(loaded))


async def _run(loaded: load.Loaded) -> int:
    from adapters.errors import PortTaken
    from bot.app import Bot
    from bot.polls.service import TermsChanged
    from bot.store.errors import StoreError, StoreLocked

    bot = Bot(loaded)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(name, bot.stop)
    try:
        await bot.run()
    except TermsChanged as error:
        print(texts.polls.sealed(error.found))
        return GUARDED
    except StoreLocked as error:
        print(texts.running.LOCKED.format(path=error.path, pid=error.pid, since=error.started_at))
        return GUARDED
    except StoreError as error:
        print(texts.running.STORE_SAYS_NO.format(why=error))
        return FAILED
    except PortTaken as error:
        print(texts.running.WEBHOOK_TAKEN.format(listen=error.listen, why=error))
        return FAILED
    except OSError as error:
        print(texts.running.PORT_TAKEN.format(listen=loaded.config.health.listen, why=error))
        return FAILED
    return DONE
