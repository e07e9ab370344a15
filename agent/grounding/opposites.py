"""Words with a direction, by what they measure: data for telling that a text says the opposite of another."""

from __future__ import annotations

from functools import cache

OPPOSITES: dict[str, tuple[str, str]] = {
    # What the sources weigh first: money.
    "cost": (
        "cheap cheaper cheapest cheaply inexpensive affordable affordably free",
        "dear dearer dearest expensive costly costlier pricey unaffordable",
    ),
    # Latency, iteration and deployment are all told with the same words.
    "speed": (
        "fast faster fastest quick quicker quickly rapid rapidly immediate immediately instant instantly swift swiftly "
        "speeds accelerates",
        "slow slower slowest slowly slows lag lags sluggish delay delays longer",
    ),
    "ease": (
        "easy easier easiest easily simple simpler simply intuitive accessible lighter",
        "hard harder hardest difficult complex complicated tricky laborious heavier",
    ),
    # Praise and blame; also what a verdict says of an approach.
    "worth": (
        "good better best strong stronger strongest strength strengths ideal right proper valid legitimate worth "
        "worthwhile excels excel wins win superior advantage advantages benefit benefits suits fits reliable reliably "
        "dependable attractive appeals attracts healthy sound mature improves improve pays beats",
        "bad worse worst weak weaker weakest weakness poor poorly wrong mistaken mistake inferior disadvantage "
        "drawback drawbacks limitation limitations unreliable fail pitiful misleading immature useless harms hurts "
        "spoils",
    ),
    "often": (
        "always often usually frequently constantly regularly mostly",
        "never rarely seldom hardly scarcely barely",
    ),
    "number": (
        "many most majority plenty numerous everyone everybody",
        "few fewer fewest minority hardly",
    ),
    "size": (
        "large larger largest big bigger biggest huge vast broad broader wide wider",
        "small smaller smallest tiny narrow narrower little",
    ),
    "level": (
        "high higher highest above over exceeds beyond",
        "low lower lowest below under beneath",
    ),
    "growth": (
        "grow grows growing rise rises rising increase increases increasing gain gains raise raises add adds expands "
        "climbs",
        "shrink shrinks fall falls falling decrease decreases decline declines cut cuts reduce reduces lowers drops "
        "removes save saves",
    ),
    "depth": ("deep deeply deeper fundamental thorough profound", "shallow superficial superficially"),
    # What behaviour and knowledge do over time and over calls.
    "constancy": (
        "consistent consistently constant steady stable uniform deterministic alike unchanged",
        "vary varies varied variable inconsistent inconsistently unstable wandering wavering",
    ),
    # What happens to knowledge, customisations and experiments.
    "keeping": (
        "keep keeps retain retains preserve preserves holds",
        "lose loses forget forgets discard discards",
    ),
    "help": (
        "help helps encourage encourages enable enables allow allows promote promotes",
        "kill kills stifle stifles hinder hinders prevent prevents block blocks",
    ),
    "turn": ("first begin begins began start starts started", "last afterwards eventually finally"),
    "length": ("long lengthy extended", "short shorter brief"),
}
"""Each dimension with its two poles; every word in the form that prose uses, on one pole of one dimension."""


@cache
def poles() -> dict[str, tuple[str, int]]:
    """Return each word's dimension and pole: 1 for the first, -1 for the second."""
    return {
        word: (name, sign)
        for name, sides in OPPOSITES.items()
        for sign, words in zip((1, -1), sides, strict=True)
        for word in words.split()
    }
