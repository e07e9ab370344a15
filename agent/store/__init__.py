"""What outlives a process: conversations and the decision log, in SQLite or in another database by URL."""
