"""The places where people meet Rung: each a thin skin over the advisor, the rule book and the library."""
