"""Group-time effects of 200,000 units in 20 periods from a long table, against diff-diff on the same table.

``python benchmarks/group_time.py``.  Each in a process of its own, so that each has its own
peak of memory.  Targets: at most a third of diff-diff's seconds and half the memory it adds;
10 million rows in under 5 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.counterfactual.did.aggregate import average
from outcomes.counterfactual.did.cells import GroupTimeSpec
from outcomes.counterfactual.did.frame import Columns, group_time_effects

STARTS = (5, 8, 11, 14, 17)


def table(units: int, periods: int = 20) -> pd.DataFrame:
    """Made-up units of which a sixth each starts in one of five periods, and a sixth never."""
    random = np.random.default_rng(1)
    start = random.choice([0, *STARTS], units)
    when = np.arange(1, periods + 1)
    served = (start[:, None] > 0) & (when >= start[:, None])
    values = random.normal(size=(units, 1)) + 0.1 * when + 0.5 * served + random.normal(size=(units, periods))
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods),
            "period": np.tile(when, units),
            "start": np.repeat(start, periods),
            "y": values.ravel(),
        }
    )


def memory(name: str) -> float:
    """``VmRSS`` or ``VmHWM`` (the largest since it was last reset) of this process, in GB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1e6


def ours(frame: pd.DataFrame) -> tuple[float, float]:
    """Every cell on the varying base and the simple average, with its error."""
    spec = GroupTimeSpec("never served", "doubly robust", 0, "varying")
    found = group_time_effects(frame, Columns("period", "start", "y", "unit"), spec)
    made = average(found, "simple")
    return made.overall, made.standard_error


def theirs(frame: pd.DataFrame) -> tuple[float, float]:
    """The same by diff-diff."""
    from diff_diff import CallawaySantAnna

    made = CallawaySantAnna(control_group="never_treated", base_period="varying")
    found = made.fit(frame, outcome="y", unit="unit", time="period", first_treat="start")
    return float(found.overall_att), float(found.overall_se)


def one(who: str, units: int) -> dict[str, float]:
    """Seconds, memory added and figures of one library, in this process."""
    warnings.simplefilter("ignore")
    frame = table(units)
    if who == "ours-shuffled":
        frame = frame.sample(frac=1, random_state=1)
    work = theirs if who == "diff-diff" else ours
    work(table(300))  # libraries load and compile outside the clock
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of making the table
    before, start = memory("VmRSS"), time.perf_counter()
    estimate, error = work(frame)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "added": memory("VmHWM") - before, "estimate": estimate, "error": error}


def alone(who: str, units: int) -> dict[str, float]:
    """`one` in a process of its own."""
    done = subprocess.run([sys.executable, __file__, who, str(units)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print the figures, and stop with status 1 where a target is missed."""
    mine, peer, large = alone("ours", 200_000), alone("diff-diff", 200_000), alone("ours", 500_000)
    mixed = alone("ours-shuffled", 500_000)
    ratio, share = mine["seconds"] / peer["seconds"], mine["added"] / peer["added"]
    print(f"200,000 units x 20 periods: {mine['seconds']:.2f} s, {mine['added']:.2f} GB added")
    print(f"diff-diff:                  {peer['seconds']:.2f} s, {peer['added']:.2f} GB added")
    print(f"ratio: {ratio:.2f} of its time (target 0.33), {share:.2f} of its memory (target 0.5)")
    print(
        f"estimate {mine['estimate']:.9f} against {peer['estimate']:.9f}; "
        f"error {mine['error']:.9f} against {peer['error']:.9f}"
    )
    print(f"500,000 units x 20 periods: {large['seconds']:.2f} s (target 5), {large['added']:.2f} GB added")
    print(f"the same in no order:       {mixed['seconds']:.2f} s, {mixed['added']:.2f} GB added")
    same = abs(mine["estimate"] - peer["estimate"]) < 1e-9 and abs(mine["error"] / peer["error"] - 1) < 1e-6
    if not (same and ratio <= 1 / 3 and share <= 0.5 and max(large["seconds"], mixed["seconds"]) < 5):
        raise SystemExit(1)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(one(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
