"""仪表 (gauges): what /metrics counts; no person, no text, no choice ever stands in a label."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge


class Gauges:
    """One registry a bot, so that two in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._outbox = Gauge("yizhan_outbox_rows", "Outbox rows by state", ["state"], registry=self.registry)
        self._unknown_age = Gauge(
            "yizhan_outbox_unknown_age_seconds",
            "Age of the oldest row in state unknown",
            registry=self.registry,
        )
        self._inbox = Gauge(
            "yizhan_inbox_open", "Events persisted and not yet judged", registry=self.registry
        )
        self._accepted = Gauge(
            "yizhan_intake_events",
            "Payloads since start by what became of them",
            ["kind"],
            registry=self.registry,
        )
        self._line = Gauge(
            "yizhan_line_open", "1 while the long connection is open", ["platform"], registry=self.registry
        )
        self._spent = Gauge(
            "yizhan_quota_spent", "Calls charged this month", ["platform", "pot"], registry=self.registry
        )

    def show(
        self,
        *,
        outbox: Mapping[str, int],
        unknown_age_s: float,
        inbox: int,
        accepted: Mapping[str, int],
        lines: Mapping[str, bool],
        spent: Mapping[tuple[str, str], int],
    ) -> None:
        """Set every gauge from one reading of the store."""
        for state, count in outbox.items():
            self._outbox.labels(state).set(count)
        self._unknown_age.set(unknown_age_s)
        self._inbox.set(inbox)
        for kind, count in accepted.items():
            self._accepted.labels(kind).set(count)
        for platform, is_open in lines.items():
            self._line.labels(platform).set(1 if is_open else 0)
        for (platform, pot), units in spent.items():
            self._spent.labels(platform, pot).set(units)
