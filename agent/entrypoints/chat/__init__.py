"""The conversation in a terminal, or over standard input: a skin over `agent.conversation`, nothing more."""
