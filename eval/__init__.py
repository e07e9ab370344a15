"""How good Rung is, and whether a change helped: datasets, evaluators, a runner, baselines and benchmarks."""

from __future__ import annotations

import os

# Before numpy is first imported: on busy cores a second thread makes each query many times slower.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
