"""结论页 (verdict page): the figures of a pilot as a web page that needs nothing else, and as a Word document."""
