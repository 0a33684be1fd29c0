"""The town (小镇): behaves like Feishu and DingTalk, with a clock that can be turned and faults that can be ordered.

It judges the rest of the project and so borrows nothing from it: only the
standard library, aiohttp and, for the chat page, jinja2.
"""
