"""What behaves like DingTalk (钉钉)."""
