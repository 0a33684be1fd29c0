"""One file per kind of event: a turn takes an event, facts and now, and returns an Outcome."""
