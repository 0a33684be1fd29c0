"""票箱 (ballots): the only room with cryptography; what comes in here leaves only as counts."""
