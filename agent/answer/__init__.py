"""Composes answers offline: which kind a text gets, and the words of each."""
