"""The steps from every released store to this one; forward only."""

HEAD = "0005"
"""The newest revision, so that a store that stands there is opened without alembic (a test compares)."""
