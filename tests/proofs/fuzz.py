"""``make fuzz N=…``: senseless payloads for every decoder, drawn from real samples and broken in every way we know.

All must end as an event or as ``Undecodable``, each within a second and without eating memory; whatever a person may
type must be understood or asked about, never crash. The seed decides everything.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from adapters.dingtalk import codec as dingtalk
from adapters.errors import PlatformError
from adapters.feishu import codec as feishu
from adapters.port import Raw
from bot.config import load
from bot.config.problems import ConfigProblems
from bot.conversation.parse import parse
from policies.model import Platform
from tests.proofs import progress, score
from tests.proofs.rig import ROOT

DATA = ROOT / "tests" / "data"
LONGEST_S = 1.0
"""A single payload; a slow machine may take a while, an exponential parser takes for ever."""
MOST_MB = 300
"""What the whole run may add to the resident memory, the ten-megabyte strings included."""
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 10**400, "", "\x00", "\ud800", "𝓐" * 50, "@所有人", "<at user_id=\"all\">", [], {}, [[]],
    {"": {}}, "9" * 5000, "{" * 2000, "1970-01-01T00:00:00Z", "99999999999999999999", "x" * 200_000,
)  # fmt: skip


def _samples() -> dict[str, list[dict[str, Any]]]:
    return {
        name: [json.loads(file.read_text(encoding="utf-8")) for file in sorted((DATA / name).glob("*.json"))]
        for name in ("feishu", "dingtalk")
    }


def mutated(value: Any, rng: random.Random, depth: int = 0) -> Any:
    """A copy in which something is missing, doubled, of another type, or nonsense."""
    if rng.random() < 0.012:
        return rng.choice(NASTY)
    if isinstance(value, dict):
        kept = {key: mutated(one, rng, depth + 1) for key, one in value.items() if rng.random() > 0.006}
        if rng.random() < 0.05:
            kept[rng.choice(("", "\x00", "__class__", "body", "header"))] = rng.choice(NASTY)
        return kept
    if isinstance(value, list):
        return [mutated(one, rng, depth + 1) for one in value for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    if isinstance(value, str):
        return _text(value, rng)
    return value if rng.random() > 0.03 else rng.choice(NASTY)


def _text(value: str, rng: random.Random) -> Any:
    """A string may be JSON itself: then its inside is broken too."""
    if value.startswith(("{", "[")) and rng.random() < 0.7:
        try:
            return json.dumps(mutated(json.loads(value), rng), ensure_ascii=rng.random() < 0.5)
        except ValueError:
            return value
    if rng.random() < 0.1:
        return value[: rng.randint(0, len(value))] + rng.choice(("\ud800", "\x00", "\u202e", "<", "]]", "}"))
    return value


def _body(sample: Any, rng: random.Random) -> str:
    """JSON text, sometimes cut, doubled, too deep, or not JSON at all."""
    kind = rng.random()
    if kind < 0.03:
        return "[" * rng.choice((10, 1000, 100_000))
    if kind < 0.06:
        return '{"a":' * rng.choice((10, 1000, 50_000)) + "1"
    text = json.dumps(mutated(sample, rng), ensure_ascii=rng.random() < 0.5)
    if kind < 0.12:
        return text[: rng.randint(0, len(text))]
    if kind < 0.15:
        return text.replace(":", ":NaN,", 1) if rng.random() < 0.5 else text.replace('"', "'")
    if kind < 0.18:
        return text[:-1] + "," + text[1:]
    return text


def _feishu(rng: random.Random, samples: Any) -> None:
    raw = Raw(
        platform=Platform.FEISHU,
        body=_body(rng.choice(samples["feishu"]), rng),
        kind=rng.choice(("event", "callback")),
    )
    feishu.decode(raw, bot_open_id="ou_bot")


def _dingtalk(rng: random.Random, samples: Any) -> None:
    topic = rng.choice(("/v1.0/im/bot/messages/get", "/v1.0/card/instances/callback", "*", "", "/x"))
    headers = {"topic": topic, "messageId": "m", "eventType": rng.choice(("chat_update_title", "user_add_org", "")),
               "eventId": rng.choice(("e1", "", "\ud800")), "eventBornTime": rng.choice(("1700000000000", "x", "-1"))}  # fmt: skip
    for name in list(headers):
        if rng.random() < 0.1:
            del headers[name]
    sample = rng.choice(samples["dingtalk"])
    data = sample.get("data", sample)
    inner = json.loads(data) if isinstance(data, str) else data
    raw = Raw(
        platform=Platform.DINGTALK,
        body=_body(inner, rng),
        kind=rng.choice(("event", "callback")),
        headers=headers,
    )
    dingtalk.decode(raw, robot_code="robot")


PIECES = (
    "通知", "研发部", "：", ":", "明天", "下午", "三点", "【重要】", "[重要]", "@所有人", "撤回", "谁还没看", "暂停", "回复", "1", "2",
    "【", "】", "[", "]", "(", "）", "\u200b", "\u202e", "\x00", "\ud800", "九", "十", "百", "千", "年", "月", "日", "周", "号", "点半",
    "2027", "02-30", "25:61", "<at>", "{{7*7}}", "https://", "，", " ", "\n", "每", "个", "工作日", "前", "后", "紧急", "因为",
)  # fmt: skip


def _said(rng: random.Random, _: Any) -> None:
    words = "".join(rng.choices(PIECES, k=rng.randint(0, 60)))
    if rng.random() < 0.02:
        words = rng.choice(PIECES) * 3000
    parse(words)


def _config(rng: random.Random, _: Any) -> None:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines()
    lines = [line for line in example if rng.random() > 0.05]
    for _ in range(rng.randint(0, 4)):
        at = rng.randrange(len(lines))
        lines[at] = rng.choice(
            ("x = ", "[", "[[a]]", 'zone = "Mars/One"', "days = -1", "\ufeff", lines[at] * 2, "a = 1e999")
        )
    file = _config.folder / "config.toml"  # type: ignore[attr-defined]
    file.write_text("\n".join(lines), encoding="utf-8")
    load.load(file, {})


ALLOWED: dict[str, tuple[Callable[..., None], tuple[type[BaseException], ...], int]] = {
    "feishu": (_feishu, (PlatformError,), 1),
    "dingtalk": (_dingtalk, (PlatformError,), 1),
    "said": (_said, (), 1),
    "config": (_config, (ConfigProblems,), 20),
}
"""By decoder: what draws and decodes, how it may end, and that only one in so many is tried (files are slow)."""


def main() -> int:
    import tempfile
    from pathlib import Path

    count, seed, _ = score.asked("n", 2000, __doc__ or "")
    counted = score.Score("make fuzz", seed)
    samples = _samples()
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory(prefix="yizhan-fuzz-") as folder:
        progress.begin("payloads", sum(count // every for _, _, every in ALLOWED.values()))
        _config.folder = Path(folder)  # type: ignore[attr-defined]
        for name, (decode, allowed, every) in ALLOWED.items():
            ends: dict[str, int] = {}
            for number in range(count // every):
                _one(counted, name, number, decode, allowed, samples, ends)
            counted.more[name] = ends
    grown_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mb
    counted.more["grown_mb"] = round(grown_mb)
    if grown_mb > MOST_MB:
        counted.fail(f"memory grew by {grown_mb:.0f} MB")
    return counted.finish()


def _one(
    counted: score.Score,
    name: str,
    number: int,
    decode: Callable[..., None],
    allowed: tuple[type[BaseException], ...],
    samples: Any,
    ends: dict[str, int],
) -> None:
    rng = random.Random(f"{counted.seed}/{name}/{number}")
    began_s = time.process_time()
    end = "understood"
    try:
        decode(rng, samples)
    except allowed as error:
        end = type(error).__name__
    except BaseException as error:
        end = "uncaught"
        counted.fail(f"{name} {number}: {type(error).__name__}: {str(error)[:200]}")
    took_s = time.process_time() - began_s
    if took_s > LONGEST_S:
        counted.fail(f"{name} {number}: {took_s:.1f} s of the processor")
    counted.count()
    ends[end] = ends.get(end, 0) + 1


if __name__ == "__main__":
    sys.exit(main())
