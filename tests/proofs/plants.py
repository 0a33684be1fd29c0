"""The defects that are planted (毛病): for each one piece of text, what stands there instead, and the command that must find it.

The finder is the cheapest of those that do. A plant is judged by the promise it breaks: it must compile, start and do its
ordinary work, so that only who looks for this very defect can tell.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """One defect: every ``old`` becomes its ``new`` in ``file``, and ``by`` must end with a failure."""

    name: str
    file: str
    by: str
    edits: tuple[tuple[str, str], ...]


def suite(where: str, only: str = "") -> str:
    """Tests of the suite as the finder."""
    return f"pytest -q -x -p no:randomly -p no:cacheprovider {where}" + (f" -k '{only}'" if only else "")


def killed(*stages: str, points: int) -> str:
    """So many points of ``make crash`` at these stages."""
    return f"tests.proofs.crash --points {points} --stages={','.join(stages)}"


def _plant(name: str, file: str, by: str, *edits: tuple[str, str]) -> Plant:
    return Plant(name=name, file=file, by=by, edits=edits)


NAMED = (
    _plant(
        "ack before commit", "bot/intake.py", killed("I3", points=4),
        (
            "                fresh = await self._store.write_grouped(inbox.insert, entry)\n",
            ("                fresh = 1\n"
            "                asyncio.get_running_loop().call_later(0.4, lambda: asyncio.ensure_future(\n"
            "                    self._store.write_grouped(inbox.insert, entry)\n"
            "                ).add_done_callback(lambda _: self._on_event()))\n"),
        ),
    ),
    _plant(
        "synchronous NORMAL", "bot/store/sqlite.py", "tests.proofs.powerloss --points 4 --stages=I3",
        ("PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
    ),
    _plant(
        "no UNIQUE in the inbox", "bot/store/inbox.py", suite("tests/bot/store/test_store_inbox.py", "repeat"),
        ('"event_id": entry.event_id,\n            "cause": entry.cause,',
         '"event_id": f"{entry.event_id}{id(entry)}",\n            "cause": f"{entry.cause}{id(entry)}",'),
    ),
    _plant(
        "key drawn at random", "bot/store/keys.py", suite("tests/bot/store/test_store_types.py", "a_key_is_the_same"),
        ("    return hashlib", "    import secrets\n\n    parts += secrets.token_hex(8)\n    return hashlib"),
    ),
    _plant(
        "body not frozen", "bot/delivery.py", suite("tests/stories/test_lost_answers.py", "feishu"),
        ("                receipt = await self._adapter.send(effect, row.entry.key)",
         ("                receipt = await self._adapter.send(_worded(effect, row.attempts), row.entry.key)")),
        ('_CHORES = frozenset({"face"',
         ('def _worded(effect: Any, attempt: int) -> Any:\n'
         '    if attempt > 1 and hasattr(effect, "text"):\n'
         '        return replace(effect, text=f"{effect.text}（第 {attempt} 次）")\n'
         '    if attempt > 1 and hasattr(effect, "card"):\n'
         '        return replace(effect, card=replace(effect.card, hint=f"第 {attempt} 次"))\n'
         '    return effect\n\n\n'
         '_CHORES = frozenset({"face"')),
    ),
    _plant(
        "DingTalk repeated after a lost answer", "adapters/dingtalk/adapter.py",
        suite("tests/stories/test_lost_answers.py", "plain_batch"),
        ("return KeyUse.SAME_KEY_AGAIN if all(api.may_repeat for api in apis) else KeyUse.NONE",
         "return KeyUse.SAME_KEY_AGAIN"),
    ),
    _plant(
        "marked sent before the answer", "bot/delivery.py", suite("tests/crash", "receipt and feishu"),
        ("                receipt = await self._adapter.send(effect, row.entry.key)",
         ("                await self._sent(row, Receipt())\n"
         "                receipt = await self._adapter.send(effect, row.entry.key)")),
    ),
    _plant(
        "retried after 51 minutes", "bot/delivery.py", suite("tests/stories/test_lost_answers.py", "window"),
        ("self._age_s(row) <= self._adapter.capabilities.retry_window_s", "self._age_s(row) <= 9 * 86400"),
    ),
    _plant(
        "a lease by the wall clock", "bot/store/leases.py", suite("tests/bot/store/test_store_proof.py", "lease"),
        ("    if not is_postgres(conn):\n        return now\n    moment: datetime",
         "    if conn is not None:\n        return now\n    moment: datetime"),
    ),
    _plant(
        "no epoch check", "bot/store/attempts.py",
        suite("tests/bot/store/test_store_outbox.py", "marks_of_an_instance"),
        ("            outbox.c.epoch == bindparam(\"lease\"),\n            _NO_NEWER_LEASE,\n        )\n        .values({",
         "            bindparam(\"lease\") >= 0,\n        )\n        .values({"),
    ),
    _plant(
        "what was held is not judged again", "bot/turns/due.py",
        suite("tests/attack/test_who_may.py", "gone_by_the_morning"),
        ("    if decision.verdict > Verdict.HOLD:", "    if decision.verdict > Verdict.HOLD and False:"),
    ),
    _plant(
        "what is held is dropped at a reload", "bot/pipeline.py",
        suite("tests/stories/test_a_notice_after_hours.py", "other_hours and feishu"),
        ("    rows = bundles.stranded(conn)\n",
         ("    for one in outbox.listing(conn, [OutboxState.HELD]):\n"
         '        outbox.cancel(conn, announcement=one.entry.announcement, reason="reload")\n'
         "    rows = bundles.stranded(conn)\n")),
    ),
    _plant(
        "a timer's key without its moment", "bot/store/timers.py",
        suite("tests/bot/store/test_store_announcements.py", "timer or moment"),
        (".where(timers.c.key == key, timers.c.due_at == due_at, _IS_PENDING)",
         ".where(timers.c.key == key, _IS_PENDING)"),
        ("    return found.rowcount == 1\n", "    return found.rowcount >= 1\n"),
    ),
    _plant(
        "429 pauses every lane", "adapters/lanes.py", suite("tests/adapters/test_lanes.py"),
        ("        lane = self._lanes.get(name)\n", '        name = "all"\n        lane = self._lanes.get(name)\n'),
    ),
    _plant(
        "sends are repeated in two layers", "adapters/http.py", suite("tests/adapters/test_http.py"),
        (("        if arrival is not Arrival.NOT_SENT and not call.may_repeat:\n"
         "            return OutcomeUnknown(detail, call=call.name)\n"), ""),
    ),
    _plant(
        "a grant is checked only when asked", "bot/turns/due.py",
        suite("tests/attack/test_who_may.py", "gone_by_the_morning"),
        ("    if decision.verdict > Verdict.HOLD:",
         '    if decision.verdict > Verdict.HOLD and decision.findings[0].rule != "announcement":'),
    ),
    _plant(
        "raw text into the card", "adapters/dingtalk/text.py", suite("tests/adapters/dingtalk/test_text.py"),
        ("def plain(text: str) -> str:", "def plain(text: str) -> str:\n    return text\n\n\ndef _plain(text: str) -> str:"),
    ),
    _plant("no NFKC", "policies/tags.py", suite("tests/policies/test_tags.py"), ('"NFKC"', '"NFC"')),
    _plant(
        "a raw press in the inbox", "bot/intake.py", "bench.anonymity --polls 1",
        ("            return await self._sealed(event)\n",
         ("            await self._store.write_grouped(inbox.insert, self._entry(raw, event))\n"
         "            return await self._sealed(event)\n")),
    ),
    _plant(
        "a ballot in clear", "bot/ballots/box.py", suite("tests/bot/ballots/test_the_box.py"),
        ("    return _SUITE.encrypt(padded.ljust(size, b\"\\0\"), key, info=run.encode())",
         "    return key.public_bytes_raw() + padded.ljust(size + 16, b\"\\0\")"),
        ("        padded = _SUITE.decrypt(box, X25519PrivateKey.from_private_bytes(private), info=run.encode())",
         "        padded = box[32:]"),
    ),
    _plant(
        "restored without quarantine", "bot/store/copies.py", "tests.proofs.restore --runs 2",
        ("    rows = waiting.quarantine(conn)", "    rows = 0"),
    ),
    _plant(
        "the line's watchdog is off", "adapters/line.py", suite("tests/adapters/test_line.py", "silent_child"),
        ("if self._clock.tick_s() - child.heard_s > self._patience.silent_s:", "if False:"),
    ),
    _plant(
        "the Host is not checked", "bot/health.py", suite("tests/attack/test_edges.py", "turned_away"),
        ("    if host not in _LOOPBACK_NAMES:", "    if not host:"),
    ),
    _plant(
        "a secret in the address in a log", "adapters/redact.py",
        suite("tests/adapters/dingtalk/test_client.py", "no_secret"),
        ("def __call__(self, text: str) -> str:",
         "def __call__(self, text: str) -> str:\n        return text\n\n    def _call(self, text: str) -> str:"),
    ),
)  # fmt: skip
"""Those that must be found, in the order of the bar."""

MORE = (
    _plant(
        "a timer fires twice", "bot/pipeline.py", suite("tests/bot/test_bot_timers.py"),
        ("    if not timers.done(conn, timer.key, timer.due_at):\n        return False\n",
         "    timers.done(conn, timer.key, timer.due_at)\n"),
    ),
    _plant(
        "an orphan is simply sent again", "bot/delivery.py", suite("tests/crash", "batch"),
        ("            await self._to_an_end(row, self._lost(row, lost))",
         '            await self._again(row, Unavailable("the program ended"), 1.0)'),
    ),
    _plant(
        "orphans are forgotten", "bot/delivery.py", suite("tests/crash", "before-send and feishu"),
        ("            await self._recover()\n", ""),
    ),
    _plant(
        "restored events are judged again", "bot/store/copies.py", suite("tests/bot/store/test_store_copies.py"),
        (".values(state=InboxState.DEAD.value, note=RESTORED", ".values(note=RESTORED"),
    ),
    _plant(
        "another tenant is heard", "bot/intake.py", suite("tests/attack/test_outsiders.py"),
        ("        return event.tenant == self._tenants[platform]", "        return True"),
    ),
    _plant(
        "a yes at the opening waits for ever", "bot/turns/freshness.py",
        suite("tests/stories/test_before_a_long_rest.py", "yes"),
        ('    group = f"release:{row.announcement.id}:{int(moment.timestamp())}"',
         '    moment = scene.now\n    group = f"release:{row.announcement.id}:{int(moment.timestamp())}"'),
    ),
    _plant(
        "who has left is still answered for", "bot/turns/due.py",
        suite("tests/stories/test_text_is_never_control.py", "leavers"),
        ("    author = _answers_for(scene, row)\n",
         "    author = scene.world.directory.person(row.announcement.author)\n"),
    ),
)  # fmt: skip
"""Our own, beyond the bar."""

PLANTS = NAMED + MORE
