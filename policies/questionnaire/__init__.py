"""问卷 (questionnaires): their words, life, counting, and what may be shown of the count."""
