"""Matching 20,000 people with a million: seconds, and as a ratio to the score's logit in statsmodels in the same run.

``python benchmarks/matching.py``.  Targets: score, pairs, balance, effect and error on one
score in under 3 times the logit alone, and in less than twice the input's memory; on the
Mahalanobis distance, 20,000 with 200,000 in 8 dimensions, in under 10 s.
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort, Covariates, Flow, Units
from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan, InferenceTerms, MatchTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and how many seconds it took."""
    start = time.perf_counter()
    made = work()
    return made, time.perf_counter() - start


def people(served: int, others: int, columns: int) -> tuple[Cohort, Sample]:
    """Made-up people whose covariates decide who is served and what becomes of them."""
    random = np.random.default_rng(1)
    treated = np.arange(served + others) < served
    x = random.normal(size=(treated.size, columns)) + 0.2 * treated[:, None]
    y = 0.3 * x.sum(axis=1) + 0.1 * treated + random.normal(size=treated.size)
    n = treated.size
    nothing: NDArray[Any] = np.zeros(n, dtype=np.int16)
    cohort = Cohort(
        units=Units(np.array([f"p{i:07d}" for i in range(n)], dtype=object)),
        treated=treated,
        index_date=np.full(n, "2020-01-01", dtype="datetime64[D]"),
        intake=nothing,
        intakes=("all",),
        segment=nothing,
        segments=("everyone",),
        covariates=Covariates(tuple(f"x{j}" for j in range(columns)), tuple(x[:, j].copy() for j in range(columns))),
        cluster=None,
        flow=Flow(()),
    )
    return cohort, Sample("result", np.arange(n, dtype=np.int32), y)


def plan(cohort: Cohort, **terms: Any) -> EvaluationPlan:
    """Pairs by `terms`, adjusted by regression."""
    return EvaluationPlan(
        id="plan",
        metrics=("result",),
        design="matching",
        covariates=cohort.covariates.names,
        match=MatchTerms(**terms),
        adjust="regression",
        inference=InferenceTerms(kind="pair-clustered"),
    )


def peak() -> float:
    """The largest memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def logit_alone(cohort: Cohort) -> float:
    """Seconds of the peer: the score's fit, and nothing else."""
    from statsmodels.discrete.discrete_model import Logit

    x = np.column_stack([np.ones(cohort.units.n), *cohort.covariates.columns])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return timed(lambda: Logit(cohort.treated.astype(np.float64), x).fit(disp=False))[1]


def main() -> None:
    """Prints each figure."""
    cohort, outcomes = people(20_000, 1_000_000, 12)
    before = peak()
    chosen = plan(cohort)
    comparison, designed = timed(lambda: design_comparison(cohort, chosen))
    key = EffectKey("plan", "result", "all")
    _, measured = timed(lambda: measure(outcomes, comparison, chosen, key, checks=False))
    grown = peak() - before
    peer = logit_alone(cohort)
    ids = cohort.units.ids.nbytes + sum(map(sys.getsizeof, cohort.units.ids.tolist()))
    size = (sum(column.nbytes for column in (*cohort.covariates.columns, outcomes.values)) + ids) / 1e9
    print(f"logit alone (statsmodels)        {peer:6.2f} s")
    print(f"score, pairs, balance, seal      {designed:6.2f} s")
    print(f"effect and error                 {measured:6.2f} s   ratio {(designed + measured) / peer:.2f} (target 3)")
    print(f"MatchIt 4.5.1, stored            {61:6.2f} s   {61 / (designed + measured):.0f} times as long (target 20)")
    print(f"memory added at the peak         {grown:6.2f} GB  input {size:.2f} GB (target under twice that)")
    near, _ = people(20_000, 200_000, 8)
    _, far = timed(lambda: design_comparison(near, plan(near, distance="mahalanobis", order="closest")))
    print(f"Mahalanobis, 20,000 x 200,000    {far:6.2f} s   (target 10)")


if __name__ == "__main__":
    main()
