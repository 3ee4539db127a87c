"""Whether a draw by lot left the groups as alike as other draws would have: one test of all covariates.

References
----------
Hansen & Bowers (2008).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.sites.assignments import assignments
from outcomes.counterfactual.sites.randomisation import differences_of_means, stratum_shares
from outcomes.findings import CheckResult, State

__all__ = ["omnibus_check", "omnibus_p"]

_DRAWS, _MOST_UNITS = 999, 20_000
_SUSPICIOUS = 0.01


def omnibus_check(
    x: NDArray[np.float64],
    treated: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    site: NDArray[np.int64] | None,
    seed: int,
) -> CheckResult:
    """The finding ``balance`` of an experiment: never blocking, since differences are the luck of the draw."""
    try:
        p, ways = omnibus_p(x, treated, stratum, site, seed)
    except np.linalg.LinAlgError:
        return CheckResult("balance", "not assessable", "The covariates are too alike to each other for one test.")
    if p < _SUSPICIOUS:
        sentence = f"So large differences between the groups come of {100 * p:.2g} % of draws ({ways}): check the draw."
    else:
        sentence = f"Groups were drawn by lot; {100 * p:.0f} % of draws leave differences as large or larger ({ways})."
    state: State = "warn" if p < _SUSPICIOUS else "pass"
    return CheckResult("balance", state, sentence, number=p, threshold=_SUSPICIOUS)


def omnibus_p(
    x: NDArray[np.float64],
    treated: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    site: NDArray[np.int64] | None,
    seed: int,
) -> tuple[float, str]:
    """p value of ``d' S^- d``, d (k,) the differences of means, S their covariance over draws; and how it was got.

    Notes
    -----
    Permutes what was drawn (people, or whole sites) within strata, all ways where they
    are few, else 999; by chi-square where there are more than 20,000 units, when the two agree.
    """
    row_of = np.arange(treated.size) if site is None else np.unique(site, return_inverse=True)[1]
    size = int(row_of.max()) + 1
    drawn, layer = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int64)
    drawn[row_of], layer[row_of] = treated, np.maximum(stratum, 0)
    weight = np.bincount(row_of, minlength=size).astype(np.float64)
    spread = x.std(axis=0)
    z = (x[:, spread > 0] - x[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    if not z.shape[1]:
        return 1.0, "nothing varies"
    sums = np.column_stack([np.bincount(row_of, weights=column, minlength=size) for column in z.T]).astype(np.float64)
    if size > _MOST_UNITS:
        return _by_chi_square(sums, weight, drawn, layer)
    ways = assignments(drawn, layer, seed, _DRAWS)
    share = stratum_shares(weight, ways)
    seen = differences_of_means(drawn[None, :], sums, weight, ways, share)
    made = np.concatenate([differences_of_means(block, sums, weight, ways, share) for block in ways.blocks()])
    inverse = np.linalg.pinv(made.T @ made / made.shape[0], rcond=1e-8, hermitian=True)
    far, here = np.einsum("ij,jk,ik->i", made, inverse, made), float((seen @ inverse @ seen.T).item())
    count = int(np.sum(far >= here * (1 - 1e-9)))
    words = f"all {ways.count:,}" if ways.exact else f"{_DRAWS:,} draws"
    return (count / made.shape[0], words) if ways.exact else ((1 + count) / (1 + made.shape[0]), words)


def _by_chi_square(
    sums: NDArray[np.float64], weight: NDArray[np.float64], drawn: NDArray[np.bool_], layer: NDArray[np.int64]
) -> tuple[float, str]:
    """The same by the normal law of means of many units."""
    from scipy.special import chdtrc

    size = int(layer.max()) + 1
    mine = np.bincount(layer[drawn], weights=weight[drawn], minlength=size)
    total, d, s = mine.sum(), np.zeros(sums.shape[1]), np.zeros((sums.shape[1], sums.shape[1]))
    for b in np.flatnonzero(mine > 0):
        here, arm = sums[layer == b], drawn[layer == b]
        n, n1, heavy = arm.size, int(arm.sum()), weight[layer == b]
        gap = here[arm].sum(axis=0) / heavy[arm].sum() - here[~arm].sum(axis=0) / heavy[~arm].sum()
        mean = here.sum(axis=0) / heavy.sum()
        left = (here - heavy[:, None] * mean) / heavy.mean()
        d += mine[b] / total * gap
        s += (mine[b] / total) ** 2 * (left.T @ left) / max(n - 1, 1) * n / (n1 * (n - n1))
    rank = int(np.linalg.matrix_rank(s, hermitian=True))
    return float(chdtrc(rank, d @ np.linalg.pinv(s, hermitian=True) @ d)), "by chi-square"
