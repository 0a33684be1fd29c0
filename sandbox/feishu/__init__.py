"""What behaves like Feishu (飞书)."""
