"""问卷的日程 (polls): opens, reminds, closes and reports what the configuration asks for."""
