"""What is said, to whom, and when: the words and the rules, as pure functions of values."""
