"""How sure a figure is: 95% intervals, the same on every run."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054
RESAMPLES = 2_000
SEED = 20


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Return Wilson's interval of a share; (0, 1) where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre = share + Z * Z / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    # At the ends the formula is exact but for rounding.
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits == n else min(1.0, (centre + spread) / scale)
    return low, high


def bootstrap(values: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    """Return the percentile interval of sum(values) / sum(weights), resampled by whole element."""
    tops, bottoms = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if not len(tops) or not bottoms.sum():
        return 0.0, 1.0
    drawn = np.random.default_rng(SEED).integers(0, len(tops), size=(RESAMPLES, len(tops)))
    totals: NDArray[np.float64] = bottoms[drawn].sum(axis=1)
    ratios = tops[drawn].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)
