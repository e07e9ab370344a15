"""Rung: which rung of the ladder an LLM use case needs, decided by rules that cite their sources."""
