"""The logic of a conversation: what a turn says, what it changes, what is answered and asked next.

Knows neither terminal nor Slack nor SQL; whoever speaks brings text and gets a `TurnReply`.
"""
