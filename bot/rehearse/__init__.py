"""排练 (rehearse): the company's own policy lived through by scripted people, many times, in minutes."""
