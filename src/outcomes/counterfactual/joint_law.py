"""The joint distribution of all effects of a run: the only thing that draws come from.

Lives here: the covariance of both arms' levels over all effects, and draws whose
spread and quantiles are those of the reported standard errors and intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import cluster_sums
from outcomes.counterfactual.objects import Blended, Covariance, EffectKey, Estimate, Influence, NotMeasured
from outcomes.counterfactual.outside import OUTSIDE
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only, round_digits

__all__ = ["Draws", "JointLaw", "cross_covariance", "joint_law", "own_covariance"]

_ZERO_PIVOT = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Joint draws of both arms' levels.

    Attributes
    ----------
    keys : tuple of EffectKey, length K
    treated, counterfactual : ndarray of float64, shape (n, K)
        Natural units.  An effect whose error was not measured stands at its mean; a
        counterfactual that does not exist (design `none`) is NaN.
    """

    keys: tuple[EffectKey, ...]
    treated: NDArray[np.float64]
    counterfactual: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class JointLaw:
    """Means, covariance and degrees of freedom of all effects; small, saved, no person-level value.

    Attributes
    ----------
    keys : tuple of EffectKey, length K
    treated_mean : tuple of Fraction, length K
    counterfactual_mean : tuple of Fraction or None, length K
        None where there is no counterfactual.
    covariance : ndarray of float64, shape (2 K, 2 K)
        Rows 2k and 2k + 1 are the treated and the counterfactual level of ``keys[k]``;
        12 significant digits; zero for effects whose error was not measured.
    degrees_of_freedom : tuple of float, length K
        Of each effect's t distribution; ``inf`` for the normal.
    not_measured : tuple of (EffectKey, str)
        Effects without a measured error, and why.
    rule : tuple of str
        How the covariance between effects was found, in sentences.
    """

    keys: tuple[EffectKey, ...]
    treated_mean: tuple[Fraction, ...]
    counterfactual_mean: tuple[Fraction | None, ...]
    covariance: NDArray[np.float64]
    degrees_of_freedom: tuple[float, ...]
    not_measured: tuple[tuple[EffectKey, str], ...]
    rule: tuple[str, ...]

    def draws(self, n: int, seed: int) -> Draws:
        """`n` joint draws of both arms' levels.

        Notes
        -----
        ``mean + s L z``: L a semi-definite Cholesky root, z normal, and
        ``s = sqrt(df / chi2_df)`` from *one* uniform a draw, turned into each effect's
        own chi-square, so that each effect is exactly t(df) about its mean with its
        reported standard error as scale, and effects are joined as their covariance
        says.  PCG64(seed); nothing else is random.
        """
        random = np.random.Generator(np.random.PCG64(seed))
        size = 2 * len(self.keys)
        normal = random.standard_normal((n, size))
        uniform = random.random(n)
        moved = normal @ _root(self.covariance).T
        for k, freedom in enumerate(self.degrees_of_freedom):
            if math.isfinite(freedom):
                moved[:, 2 * k : 2 * k + 2] *= _t_scale(uniform, freedom)[:, None]
        moved[:, 0::2] += np.array([float(mean) for mean in self.treated_mean])
        moved[:, 1::2] += np.array([math.nan if mean is None else float(mean) for mean in self.counterfactual_mean])
        return Draws(self.keys, read_only(moved[:, 0::2].copy()), read_only(moved[:, 1::2].copy()))

    def standard_error(self, key: EffectKey) -> float:
        """Standard error of treated minus counterfactual of one effect, in natural units."""
        k = 2 * self.keys.index(key)
        block = self.covariance[k : k + 2, k : k + 2]
        return float(np.sqrt(max(block[0, 0] - 2 * block[0, 1] + block[1, 1], 0.0)))


def joint_law(estimates: Sequence[Estimate]) -> JointLaw:
    """The joint law of all effects of a run.

    Parameters
    ----------
    estimates : sequence of Estimate
        Each key once; unit codes and clusters of one run.

    Notes
    -----
    Two effects with influence values: where their clusters agree on the people they
    share, ``sum over clusters of (sum in cluster)(sum in cluster)'``; where clusters
    differ, the cross products of the people shared; zero where nobody is shared or one
    of them comes without people.  Effects of one `Covariance` are joined as it says.  A
    blend ``sum M_i l_i`` of levels has ``sum M_i Cov(l_i, l)`` with any other, and so
    ``sum M_i Cov(l_i, l_j) M_j'`` with itself.
    """
    keys = tuple(estimate.effect.key for estimate in estimates)
    if len(set(keys)) < len(keys):
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        raise InputError(
            [Problem("effect-twice", f"estimates: {name}", "the same effect stands twice.") for name in twice]
        )
    words: dict[str, None] = {}
    matrix: NDArray[np.float64] = np.zeros((2 * len(keys), 2 * len(keys)))
    for a, first in enumerate(estimates):
        for b in range(a, len(estimates)):
            block = _block(first, estimates[b], words)
            matrix[2 * a : 2 * a + 2, 2 * b : 2 * b + 2] = block
            matrix[2 * b : 2 * b + 2, 2 * a : 2 * a + 2] = block.T
    matrix = _possible(matrix, words)
    return JointLaw(
        keys,
        tuple(estimate.effect.treated_level for estimate in estimates),
        tuple(estimate.effect.counterfactual_level for estimate in estimates),
        read_only(round_digits(matrix)),
        tuple(_freedom(estimate) for estimate in estimates),
        tuple((e.effect.key, e.uncertainty.reason) for e in estimates if isinstance(e.uncertainty, NotMeasured)),
        tuple(words),
    )


def own_covariance(estimate: Estimate) -> NDArray[np.float64]:
    """The covariance (2, 2) of one effect's treated and counterfactual level."""
    return _block(estimate, estimate, {})


def cross_covariance(a: Estimate, b: Estimate) -> NDArray[np.float64]:
    """The covariance (2, 2) of one effect's levels with another's."""
    return _block(a, b, {})


def _freedom(estimate: Estimate) -> float:
    if isinstance(estimate.uncertainty, NotMeasured):
        return math.inf
    return estimate.uncertainty.degrees_of_freedom[_place(estimate)]


def _place(estimate: Estimate) -> int:
    """Where an effect stands among those that its uncertainty is of."""
    uncertainty = estimate.uncertainty
    return uncertainty.keys.index(estimate.effect.key) if isinstance(uncertainty, Covariance) else 0


def _block(a: Estimate, b: Estimate, words: dict[str, None]) -> NDArray[np.float64]:
    """The covariance (2, 2) of one effect's levels with another's."""
    nothing: NDArray[np.float64] = np.zeros((2, 2))
    if isinstance(a.uncertainty, NotMeasured) or isinstance(b.uncertainty, NotMeasured):
        return nothing
    if isinstance(a.uncertainty, Blended):
        pieces = zip(a.uncertainty.parts, a.uncertainty.maps, strict=True)
        return np.asarray(sum((one @ _block(part, b, words) for part, one in pieces), nothing))
    if isinstance(b.uncertainty, Blended):
        return _block(b, a, words).T
    if isinstance(a.uncertainty, Covariance) and a.uncertainty is b.uncertainty:
        rows, columns = 2 * _place(a), 2 * _place(b)
        return a.uncertainty.matrix[rows : rows + 2, columns : columns + 2]
    if a is b and isinstance(a.uncertainty, Influence):
        return _own(a.uncertainty)
    pair = f"{a.effect.key} with {b.effect.key}"
    if isinstance(a.uncertainty, Covariance) or isinstance(b.uncertainty, Covariance):
        words[f"Taken as independent, since one of them comes without people: {pair}."] = None
        return nothing
    return _shared(a.uncertainty, b.uncertainty, pair, words)


def _own(uncertainty: Influence) -> NDArray[np.float64]:
    sums = cluster_sums(uncertainty.values, uncertainty.cluster.astype(np.int64))
    return np.asarray(sums.T @ sums)


def _shared(a: Influence, b: Influence, pair: str, words: dict[str, None]) -> NDArray[np.float64]:
    """The covariance that comes from people in both."""
    if a.numbering != b.numbering:
        message = f"the two estimates number people differently, so shared people cannot be found: {pair}."
        hint = "Estimate both on one cohort, or let outcomes.run do it."
        raise InputError(Problem("numbering", "estimates", message, hint))
    _, in_a, in_b = np.intersect1d(a.codes, b.codes, assume_unique=True, return_indices=True)
    agree = bool((a.cluster[in_a] == b.cluster[in_b]).all())
    if in_a.size and not agree:
        words[f"Clusters differ, so people shared are counted one by one: {pair}."] = None
        return np.asarray(a.values[in_a].T @ b.values[in_b])
    common = np.intersect1d(a.cluster, b.cluster)
    if not common.size:
        words[f"Nobody is shared, so independent: {pair}."] = None
        return np.zeros((2, 2))
    same = "Same stated level" if common[0] >= OUTSIDE else "Same people"
    words[f"{same}, so drawn jointly: {pair}."] = None
    return np.asarray(_placed(a, common).T @ _placed(b, common))


def _placed(one: Influence, common: NDArray[np.int32]) -> NDArray[np.float64]:
    """Cluster sums (g, 2) of the clusters in `common`, in its order."""
    inside = np.isin(one.cluster, common)
    return cluster_sums(one.values[inside], one.cluster[inside].astype(np.int64))


def _possible(matrix: NDArray[np.float64], words: dict[str, None]) -> NDArray[np.float64]:
    """`matrix` itself, or with its cross blocks shrunk until it is a covariance at all."""
    own = np.kron(np.eye(matrix.shape[0] // 2), np.ones((2, 2)))
    share = 1.0
    while share > 0 and not _semi_definite(np.where(own > 0, matrix, share * matrix)):
        share = round(share - 0.05, 2)
    if share < 1:
        words[f"Covariances between effects were cut to {share:.0%} so that all of them fit together."] = None
    return np.where(own > 0, matrix, share * matrix)


def _semi_definite(matrix: NDArray[np.float64]) -> bool:
    if not matrix.size:
        return True
    scale = np.sqrt(np.where(np.diag(matrix) > 0, np.diag(matrix), 1.0))
    return bool(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] >= -1e-9)


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower triangular L with ``L L' = matrix`` where directions without spread are allowed.

    Written out, since an eigenvector's sign differs between machines and a library's
    Cholesky refuses zero pivots.
    """
    size = matrix.shape[0]
    root: NDArray[np.float64] = np.zeros((size, size))
    for j in range(size):
        pivot = matrix[j, j] - root[j, :j] @ root[j, :j]
        # What is left of a level that others decide is rounding, not spread.
        if pivot <= _ZERO_PIVOT * matrix[j, j] or matrix[j, j] <= 0:
            continue
        root[j, j] = math.sqrt(pivot)
        root[j + 1 :, j] = (matrix[j + 1 :, j] - root[j + 1 :, :j] @ root[j, :j]) / root[j, j]
    return root


def _t_scale(uniform: NDArray[np.float64], freedom: float) -> NDArray[np.float64]:
    """``sqrt(df / chi2)`` for each uniform (n,)."""
    from scipy.special import gammaincinv

    return np.asarray(np.sqrt(freedom / (2 * gammaincinv(freedom / 2, 1 - uniform))))
