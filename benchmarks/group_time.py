"""Group-time effects of 200,000 units in 20 periods with 5 starts, from a long table: against diff-diff, in one run.

``python benchmarks/group_time.py``.  Targets: a third of its time and half of its memory,
the same numbers to 1e-9; 10 million rows (500,000 x 20) in under 5 s.  Each part runs in a
process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd

from outcomes.counterfactual.did.aggregate import aggregate
from outcomes.counterfactual.did.frame import group_time_effects
from outcomes.counterfactual.did.terms import AggregateTerms, GroupTimeTerms

PERIODS = 20
STARTS = (6, 8, 10, 12, 15)


def table(units: int, mixed: bool = False) -> pd.DataFrame:
    """Made-up units, a half of which start at one of five times."""
    random = np.random.default_rng(1)
    start = np.where(random.random(units) < 0.5, 0, random.choice(STARTS, units))
    unit, period = np.repeat(np.arange(units), PERIODS), np.tile(np.arange(1, PERIODS + 1), units)
    served = (start[unit] > 0) & (period >= start[unit])
    level = random.normal(size=units)[unit] + 0.1 * period
    y = level + 0.3 * served + random.normal(size=unit.size)
    frame = pd.DataFrame({"unit": unit, "period": period, "start": start[unit], "y": y})
    return frame.sample(frac=1.0, random_state=1).reset_index(drop=True) if mixed else frame


def peak() -> float:
    """The largest memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def ours(frame: pd.DataFrame) -> dict[str, object]:
    """Seconds, and what was estimated: cells, then the average by time since the start."""
    begun = time.perf_counter()
    found = group_time_effects(
        frame, unit="unit", period="period", start="start", outcome="y", terms=GroupTimeTerms(base="varying")
    )
    dynamic = aggregate(found, AggregateTerms("dynamic"))
    seconds = time.perf_counter() - begun
    cells = {f"{c.start:.0f} {c.period:.0f}": (c.effect, c.standard_error) for c in found.cells}
    events = {
        f"{at:.0f}": both for at, *both in zip(dynamic.at, dynamic.effect, dynamic.standard_error, strict=True)
    }
    return {"seconds": seconds, "cells": cells, "events": events}


def theirs(frame: pd.DataFrame) -> dict[str, object]:
    """The same by diff-diff."""
    from diff_diff import CallawaySantAnna

    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = CallawaySantAnna(estimation_method="reg").fit(
            frame, outcome="y", unit="unit", time="period", first_treat="start"
        )
        dynamic = found.aggregate("event_study").to_dataframe()
    seconds = time.perf_counter() - begun
    cells = {f"{g:.0f} {t:.0f}": (c["effect"], c["se"]) for (g, t), c in found.group_time_effects.items()}
    events = {
        f"{row.event_time:.0f}": (row.att, row.se) for row in dynamic[["event_time", "att", "se"]].itertuples()
    }
    return {"seconds": seconds, "cells": cells, "events": events}


def alone(name: str, units: int) -> dict[str, object]:
    """One part, in a process of its own."""
    asked = [sys.executable, __file__, name, str(units)]
    told = subprocess.run(asked, capture_output=True, text=True, check=True, env=dict(os.environ))
    return dict(json.loads(told.stdout))


def one(name: str, units: int) -> None:
    """Runs one part and writes what it found, with the memory it added."""
    frame = table(units, mixed=name == "mixed")
    warm = table(50)
    theirs(warm) if name == "theirs" else ours(warm)
    before = peak()
    made = theirs(frame) if name == "theirs" else ours(frame)
    print(json.dumps(made | {"added": peak() - before, "peak": peak()}, default=float))


def furthest(a: dict[str, object], b: dict[str, object]) -> float:
    """The largest difference between two sets of estimates, relative to 1 or to the number."""
    gaps = [0.0]
    for part in ("cells", "events"):
        mine, other = dict(a[part]), dict(b[part])  # type: ignore[call-overload]
        for key in mine.keys() & other.keys():
            gaps += [abs(x - y) / max(abs(x), 1e-2) for x, y in zip(mine[key], other[key], strict=True)]
        if mine.keys() != other.keys():
            raise SystemExit(f"not the same {part}")
    return max(gaps)


def main() -> None:
    """Prints each figure."""
    us, mixed, them = alone("ours", 200_000), alone("mixed", 200_000), alone("theirs", 200_000)
    many = alone("ours", 500_000)
    t, m, p = (float(str(part["seconds"])) for part in (us, mixed, them))
    print(f"diff-diff, 4 million rows        {p:6.2f} s   {float(str(them['added'])):.2f} GB added")
    print(f"ours, rows in order              {t:6.2f} s   {float(str(us['added'])):.2f} GB added   ratio {t / p:.2f}")
    print(
        f"ours, rows in any order          {m:6.2f} s   {float(str(mixed['added'])):.2f} GB added   ratio {m / p:.2f}"
    )
    print(f"largest difference               {furthest(us, them):.1e}, {furthest(mixed, them):.1e} (target 1e-9)")
    print(f"10 million rows                  {float(str(many['seconds'])):6.2f} s   (target 5)")


if __name__ == "__main__":
    one(sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else main()
