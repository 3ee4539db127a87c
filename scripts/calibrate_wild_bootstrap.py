"""How often the restricted wild cluster bootstrap rejects a true null, by sites in each arm.

Writes src/outcomes/counterfactual/sites/wild_shapes.json.  Sites of 10 to 60 people, share of
variance between sites 5 %, normal outcomes, 5 % level, 399 bootstrap draws a run.

    python scripts/calibrate_wild_bootstrap.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from outcomes.counterfactual.sites.site_regression import SiteRegression
from outcomes.counterfactual.sites.wild_bootstrap import null_p

SHAPES = ((3, 20), (5, 5), (5, 10), (5, 20), (5, 40), (8, 8), (8, 16), (10, 10), (10, 20), (10, 40), (20, 20))
RUNS, DRAWS, ICC, SEED = 4_000, 399, 0.05, 20_260_101
TARGET = Path(__file__).resolve().parents[1] / "src" / "outcomes" / "counterfactual" / "sites" / "wild_shapes.json"


def rejects(treated: int, comparison: int, runs: int, seed: int) -> float:
    """Share of true nulls rejected at 5 %."""
    random = np.random.Generator(np.random.PCG64(seed))
    count = 0
    for run in range(runs):
        sizes = random.integers(10, 61, treated + comparison)
        site = np.repeat(np.arange(sizes.size), sizes)
        y = np.sqrt(ICC) * random.standard_normal(sizes.size)[site]
        y = y + np.sqrt(1 - ICC) * random.standard_normal(site.size)
        nothing = np.zeros((site.size, 0))
        data = SiteRegression(y, site < treated, np.ones(site.size), nothing, site, np.zeros(site.size, dtype=np.int64))
        count += null_p(data, seed + run, DRAWS) <= 0.05
    return count / runs


def main() -> None:
    """Write the table."""
    rows = [
        {"treated": t, "comparison": c, "rejects": rejects(t, c, RUNS, SEED + 100_000 * k), "runs": RUNS}
        for k, (t, c) in enumerate(SHAPES)
    ]
    TARGET.write_text(json.dumps({"shapes": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
