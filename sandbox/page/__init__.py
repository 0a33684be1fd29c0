"""The chat page (聊天页) at ``/``: what the people of the town see, in a browser."""
