"""工作区 (workspace): observe the groups, apply a plan exactly as it was shown, adopt, and keep it so."""
