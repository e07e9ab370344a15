"""Rung in Slack: mentions, direct messages, `/rung`, a message shortcut and buttons, a thin skin over conversations.

A thread is a conversation. What is said and shown is plain text and data (`desk`, `messages`, `outline`, `mrkdwn`,
`modal`); `app` hands what Slack delivers to `listening`, `forms` and `buttons`, which `posting` answers.
"""
