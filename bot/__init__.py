"""驿站 (Yizhan): takes a message in, judges it, and hands it over: once, and provably."""
