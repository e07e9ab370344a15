"""The names of periods and how long each is, for everything that reads rates, rhythms and deadlines."""

from __future__ import annotations

PER_MONTH = {
    "second": 2_592_000.0, "minute": 43_200.0, "hour": 720.0, "day": 30.0, "night": 30.0, "week": 4.3, "month": 1.0,
    "quarter": 1 / 3, "year": 1 / 12,
}  # fmt: skip
"""How many of each make a month, as the catalogue of facts counts."""
NAMED = "|".join(PER_MONTH)
"""Any of their names, for an expression."""
DAYS = {
    "minute": 0.04, "hour": 0.04, "day": 1.0, "night": 1.0, "morning": 1.0, "evening": 1.0, "week": 7.0,
    "fortnight": 14.0, "sprint": 14.0, "month": 30.0, "quarter": 90.0, "season": 90.0, "year": 365.0,
    "wk": 7.0, "mo": 30.0, "yr": 365.0,
}  # fmt: skip
"""Their lengths in days; nothing is told to change more often than each hour."""
ADVERBS = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "fortnightly": "fortnight", "biweekly":
    "fortnight", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip
SHORT = {"sec": "second", "s": "second", "min": "minute", "hr": "hour", "h": "hour", "d": "day", "mo": "month",
         "wk": "week", "yr": "year"}  # fmt: skip
