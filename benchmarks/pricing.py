"""How long 10,000 joint draws through 10 clauses of 20 cohorts take, against a bare numpy pass.

Run ``python benchmarks/pricing.py``.  The bare pass does the least that such a price must
do on arrays of the same size: a gate, a rate and a cap over cohorts for each clause.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outcomes.contract.clauses import ClauseLimits, Condition, PerPrice
from outcomes.payment.engine import price_clauses
from outcomes.payment.pricing import price
from outcomes.payment.rows import rows_by_clause
from outcomes.payment.scene import draw_scene
from tests.unit.payment.build import AS_OF, clause, contract, estimate, known, q

DRAWS, CLAUSES, COHORTS = 10_000, 10, 20
TARGET = 0.3


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of a few runs."""
    seconds = math.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds = min(seconds, time.perf_counter() - start)
    return seconds


def main() -> None:
    """Print seconds of each stage, and the ratio to the bare pass."""
    names = tuple(f"cohort-{number}" for number in range(COHORTS))
    parts = [
        clause(
            f"clause-{number}",
            for_each="cohort",
            only_if=Condition(at_least=q(2 + number)),
            pay=PerPrice(per=q(1), amount=Fraction(1000)),
            limits=ClauseLimits(at_most=Fraction(40_000)),
        )
        for number in range(CLAUSES)
    ]
    paying = contract(*parts, cohorts=names)
    given = known(
        *(estimate(Fraction(50 + n % 7, 100), "0.6", 0.02, cohort=name, freedom=40.0) for n, name in enumerate(names))
    )
    rows = rows_by_clause(paying, given, AS_OF)
    scene = draw_scene(given, DRAWS, 1)
    levels = np.stack([scene.treated[key] for key in scene.treated], axis=-1)
    others = np.stack([scene.counterfactual[key] for key in scene.treated], axis=-1)

    def bare() -> None:
        for number in range(CLAUSES):
            values = (others - levels) * 100
            money = np.where(values >= 2 + number, np.maximum(values, 0) * 1000, 0)
            running = np.minimum(np.cumsum(money, axis=-1), 40_000)
            np.diff(running, axis=-1, prepend=0).sum(axis=-1)

    draws = best(lambda: draw_scene(given, DRAWS, 1))
    stages = best(lambda: price_clauses(paying, given, rows, scene))
    plain = best(bare)
    whole = best(lambda: price(paying, given, AS_OF, draws=DRAWS), 2)
    print(f"{DRAWS:,} draws x {CLAUSES} clauses x {COHORTS} cohorts")
    print(f"draws             {draws:7.3f} s")
    print(f"stages            {stages:7.3f} s   {stages / plain:5.1f} times a bare numpy pass ({plain:.3f} s)")
    print(f"draws and stages  {draws + stages:7.3f} s   target {TARGET} s")
    print(f"whole statement   {whole:7.3f} s   (point, draws, draws moved to no effect, bands, words)")


if __name__ == "__main__":
    main()
