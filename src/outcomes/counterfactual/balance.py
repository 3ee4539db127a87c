"""How alike the two groups are on what was known before the start, before and after.

Lives here: standardised differences, variance ratios, KS distances, effective sample
size, and the check that judges them.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.objects import Balance, BalanceRow
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.findings import CheckResult, State
from outcomes.numbers import show_number

__all__ = ["balance_check", "effective_size", "measure_balance"]

GOOD, FAIR, BAD = 0.05, 0.10, 0.25
_SMALL = 250
_SIDE_BY_SIDE = 4
"""Columns that are sorted at a time."""


def effective_size(weights: NDArray[np.float64]) -> float:
    """How many equally weighted people carry as much information: (sum w)^2 / sum w^2; 0 for nobody."""
    square = float(np.sum(weights**2))
    return float(np.sum(weights)) ** 2 / square if square > 0 else 0.0


def measure_balance(
    design: DesignMatrix,
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    score: NDArray[np.float64] | None = None,
) -> Balance:
    """Balance on every column, before (everyone, unweighted) and after (`weights`).

    Parameters
    ----------
    design : DesignMatrix
        Values of shape (n, k).
    treated, weights : ndarrays, shape (n,)
        Weights are 0 for people not used.
    score : ndarray of float64, shape (n,), optional
        Propensity score; becomes the first row.

    Notes
    -----
    ``smd = (mean treated - mean comparison) / SD``, with the SD of the *full* treated
    group before anyone is dropped (sqrt(p(1 - p)) for a column of 0 and 1), so that a
    difference cannot be made to look smaller by changing its yardstick.  Where the
    treated group does not vary, the comparison group's SD is used.  Variances after
    are weighted, ``sum w (x - m)^2 / (sum w - sum w^2 / sum w)``.

    References
    ----------
    Stuart (2010), section 5; Austin (2009).
    """
    columns = [("propensity score", score)] if score is not None else []
    columns += [(name, design.values[:, j]) for j, name in enumerate(design.names)]
    used_t, used_c = weights * treated, weights * ~treated
    # Most of the time goes into sorting columns, which numpy does beside the interpreter.
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        rows = tuple(pool.map(lambda one: _row(one[0], one[1], treated, used_t, used_c), columns))
    return Balance(rows, int((used_t > 0).sum()), int((used_c > 0).sum()), effective_size(used_c))


def _row(
    name: str,
    x: NDArray[np.float64],
    treated: NDArray[np.bool_],
    used_t: NDArray[np.float64],
    used_c: NDArray[np.float64],
) -> BalanceRow:
    """One column's line in the table."""
    binary = bool(((x == 0) | (x == 1)).all())
    people, others = x[treated], x[~treated]
    spread = _spread(people, binary) or _spread(others, binary)
    in_t, in_c = used_t > 0, used_c > 0
    mean_t, var_t = _moments(x[in_t], used_t[in_t])
    mean_c, var_c = _moments(x[in_c], used_c[in_c])
    before_t, before_c = float(people.mean()), float(others.mean())
    if binary:
        ks_before, ks_after = abs(before_t - before_c), abs(mean_t - mean_c)
    else:
        ks_before = _ks_plain(people, others)
        ks_after = _ks(x[in_t], used_t[in_t], x[in_c], used_c[in_c])
    return BalanceRow(
        name,
        mean_t,
        before_c,
        mean_c,
        _over(before_t - before_c, spread),
        _over(mean_t - mean_c, spread),
        _ratio(
            float(people.var(ddof=1)) if people.size > 1 else 0.0, float(others.var(ddof=1)) if others.size > 1 else 0.0
        ),
        _ratio(var_t, var_c),
        ks_before,
        ks_after,
    )


def _spread(x: NDArray[np.float64], binary: bool) -> float:
    """Standard deviation; of a share for a column of 0 and 1."""
    if binary:
        p = float(x.mean())
        return math.sqrt(p * (1 - p))
    return float(x.std(ddof=1)) if x.size > 1 else 0.0


def _moments(x: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[float, float]:
    """Weighted mean and variance."""
    total = float(w.sum())
    mean = float(w @ x) / total
    free = total - float(np.sum(w**2)) / total
    return mean, float(w @ (x - mean) ** 2) / free if free > 0 else 0.0


def _over(difference: float, spread: float) -> float:
    return difference / spread if spread > 0 else 0.0


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if top > 0 and bottom > 0 else math.nan


def _ks_plain(few: NDArray[np.float64], many: NDArray[np.float64]) -> float:
    """The same without weights: between two points of one sample only the other's function moves.

    So the largest gap lies at a point of the smaller sample, just before it or at it.
    """
    few, many = np.sort(few), np.sort(many)
    low = np.searchsorted(many, few, side="left") / many.size - np.searchsorted(few, few, side="left") / few.size
    high = np.searchsorted(many, few, side="right") / many.size - np.searchsorted(few, few, side="right") / few.size
    return float(max(np.abs(low).max(), np.abs(high).max()))


def _ks(a: NDArray[np.float64], wa: NDArray[np.float64], b: NDArray[np.float64], wb: NDArray[np.float64]) -> float:
    """The largest gap between two weighted distribution functions."""
    x = np.concatenate([a, b])
    step = np.concatenate([wa / wa.sum(), -wb / wb.sum()])
    order = np.argsort(x)
    x, gap = x[order], np.cumsum(step[order])
    last = np.append(x[1:] != x[:-1], True)
    return float(np.abs(gap[last]).max())


def balance_check(balance: Balance, plan: EvaluationPlan) -> CheckResult:
    """Whether the groups are alike enough, by the largest difference left.

    Notes
    -----
    Below 0.05 good, 0.05-0.10 fair, 0.10-0.25 needs adjustment, above 0.25 blocks,
    unless fewer than 250 people carry the comparison and the value lies within chance
    for so few (Bonferroni over the columns, 95 %): then it needs adjustment.  In an
    experiment a difference is chance by construction and never blocks; difference-in-
    differences compares changes, so there it is a warning at most.
    """
    if not balance.rows:
        return CheckResult("balance", "not applicable", "No covariate was named, so alikeness could not be looked at.")
    worst = balance.worst()
    value = abs(worst.smd_after)
    shown = f"The largest difference left is {show_number(value, 3)} standard deviations ({worst.covariate})"
    if plan.design == "experiment":
        return CheckResult("balance", "pass", f"{shown}; groups were drawn by lot, so this is chance.", number=value)
    if plan.design == "did":
        state: State = "pass" if value < FAIR else "warn"
        return CheckResult("balance", state, f"{shown}; the design compares changes, not levels.", number=value)
    adjusted = plan.adjust in ("regression", "aipw", "bias_corrected")
    if value > BAD and not _within_chance(value, balance):
        sentence = f"{shown}: the groups are not alike, and adjustment cannot be relied on to repair that."
        return CheckResult("balance", "fail", sentence, True, value, BAD)
    if value >= FAIR:
        rest = "the estimate is adjusted for it." if adjusted else "this needs adjustment, and the plan has none."
        return CheckResult("balance", "warn" if adjusted else "fail", f"{shown}: {rest}", not adjusted, value, FAIR)
    word = "good" if value < GOOD else "fair"
    return CheckResult("balance", "pass", f"{shown}: {word}.", number=value, threshold=FAIR)


def _within_chance(value: float, balance: Balance) -> bool:
    """True when so few people could differ as much by the luck of the draw."""
    if balance.n_treated + balance.effective_comparison >= _SMALL:
        return False
    spread = math.sqrt(1 / balance.n_treated + 1 / max(balance.effective_comparison, 1.0))
    return value <= t_quantile(1 - 0.025 / len(balance.rows), math.inf) * spread
