"""A small right configuration that tests bend."""

SECRET = "CANARY-4f1d2e"
ENVIRON = {"APP_SECRET": SECRET}

COMPANY = """
[company]
name = "Hechuan"
admins = ["feishu:ou_1"]
"""
FEISHU = """
[feishu]
app_id = "cli_1"
app_secret = "${APP_SECRET}"
"""
