"""Owns the manifest, the notes, their passages, attached originals and added documents; leaves search to retrieval."""
