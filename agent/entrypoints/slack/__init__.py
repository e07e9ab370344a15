"""Rung in Slack: mentions, direct messages, `/rung`, a message shortcut and buttons, a thin skin over conversations.

A thread is a conversation. Only `app`, `posting` and `serving` know Slack's libraries; the rest is plain data and text.
"""
