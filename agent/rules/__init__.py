"""Rules and verdict: the rule model, its YAML loader, a pure three-valued engine, explanations and lint.

Nothing here reads text, retrieves, or knows of a language model: facts in, verdict out.
"""
