"""Why the control door says no (拒绝): the platform refuses, or there is no such thing."""

from __future__ import annotations


class Refused(Exception):
    """The platform does not let this person do that; the control door answers 403 with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Absent(LookupError):
    """No such person, chat, message or department; the control door answers 404."""
