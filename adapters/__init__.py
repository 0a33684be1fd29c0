"""Each platform behind the same doors."""
