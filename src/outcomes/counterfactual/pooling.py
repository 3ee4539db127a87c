"""One effect over several cohorts: theirs, weighted by people.

Lives here: levels, influence and sampling error of the pooled effect.  Does not live
here: which cohorts there are (`run/pooling.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.degrees_together import degrees_together
from outcomes.counterfactual.inference import cluster_sums, standard_error
from outcomes.counterfactual.joint_law import joint_law
from outcomes.counterfactual.objects import (
    Covariance,
    Effect,
    EffectKey,
    Estimate,
    Influence,
    NotMeasured,
    VarianceRule,
)
from outcomes.numbers import exact_from_float, read_only

__all__ = ["pooled_estimate"]


def pooled_estimate(key: EffectKey, parts: Sequence[Estimate]) -> Estimate:
    """The effect over all cohorts, each weighted by its people measured.

    Parameters
    ----------
    key : EffectKey
        Of the pooled effect.
    parts : sequence of Estimate
        One for each cohort, coded by person over the whole run.

    Notes
    -----
    Levels are ``sum_c n_c L_c / sum_c n_c``, n held fixed: people measured, or compliers where
    the effect is on these.  Their covariance is
    ``sum_c sum_d w_c w_d V_cd`` with V the joint law of the cohorts: people who stand in
    several cohorts are counted unit by unit.  Degrees of freedom by Satterthwaite (1946), fewer
    where cohorts share people.
    Where one cohort's sampling error was not measured the pooled one's is not.
    """
    effects = [part.effect for part in parts]
    people = [(effect.n_measured or 0) * (effect.complier_share or Fraction(1)) for effect in effects]
    total = sum(people, Fraction(0))
    weights = [n / total for n in people]
    effect = _levels(key, effects, weights)
    if any(one.complier_share is not None for one in effects):
        # Each cohort's compliers count, and the share is theirs among all people measured.
        effect = replace(effect, complier_share=total / (effect.n_measured or 1))
    lacking = [
        f"{part.effect.key.cohort}: {part.uncertainty.reason}"
        for part in parts
        if isinstance(part.uncertainty, NotMeasured)
    ]
    if lacking:
        reason = NotMeasured(f"a cohort's sampling error was not measured ({'; '.join(lacking)})")
        return Estimate(replace(effect, variance=reason, standard_error=None), reason)
    shares = np.array([float(weight) for weight in weights])
    matrix, between, words = _covariance(parts, shares)
    freedom = degrees_together(between, [_freedom(part) for part in parts])
    rule = VarianceRule(
        _kind(effects), _cluster(effects), freedom, f"Cohorts weighted by people. {' '.join(words)}".strip()
    )
    influences = [part.uncertainty for part in parts if isinstance(part.uncertainty, Influence)]
    uncertainty: Influence | Covariance = Covariance((key,), read_only(matrix), (freedom,))
    if len(influences) == len(parts):
        uncertainty = _influence(key, influences, shares, matrix, freedom)
    error = math.sqrt(max(float(matrix[0, 0] - 2 * matrix[0, 1] + matrix[1, 1]), 0.0))
    effect = replace(effect, variance=rule, standard_error=exact_from_float(error), method=(*effect.method, rule.words))
    return Estimate(effect, uncertainty)


def _levels(key: EffectKey, effects: Sequence[Effect], weights: Sequence[Fraction]) -> Effect:
    """The pooled effect with everything but its sampling error."""
    names = ", ".join(f"{effect.key.cohort} {effect.n_measured or 0:,}" for effect in effects)
    below = [effect.counterfactual_level for effect in effects]
    known = [level for level in below if level is not None]
    spread = [(w, effect.spread) for w, effect in zip(weights, effects, strict=True) if effect.spread is not None]
    words = f"The effects of cohorts weighted by people measured ({names})."
    return replace(
        effects[0],
        key=key,
        estimand=f"all cohorts together, each as measured on its own: {effects[0].estimand}",
        treated_level=sum((w * e.treated_level for w, e in zip(weights, effects, strict=True)), Fraction(0)),
        counterfactual_level=(
            sum((w * level for w, level in zip(weights, known, strict=True)), Fraction(0))
            if len(known) == len(effects)
            else None
        ),
        n_cohort=_total([effect.n_cohort for effect in effects]),
        n_measured=_total([effect.n_measured for effect in effects]),
        n_comparison=_total([effect.n_comparison for effect in effects]),
        checks=tuple(
            replace(check, sentence=f"{effect.key.cohort}: {check.sentence}")
            for effect in effects
            for check in effect.checks
            if check.state in ("warn", "fail", "not assessable")
        ),
        method=(words,),
        spread=_pooled_spread(spread) if len(spread) == len(effects) else None,
    )


def _total(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _pooled_spread(spread: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """The root of the weighted mean of the cohorts' variances."""
    return exact_from_float(math.sqrt(sum(float(w) * float(sd) ** 2 for w, sd in spread)))


def _covariance(
    parts: Sequence[Estimate], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """The covariance (2, 2) of the pooled levels, that of the cohorts' shares in the difference, and words."""
    law = joint_law(parts)
    place = np.kron(shares[:, None], np.eye(2))
    shared = any("counted one by one" in words for words in law.rule)
    words = ("People who stand in several cohorts are counted one by one.",) if shared else ()
    apart = np.kron(np.diag(shares), np.array([[1.0], [-1.0]]))
    return np.asarray(place.T @ law.covariance @ place), np.asarray(apart.T @ law.covariance @ apart), words


def _freedom(part: Estimate) -> float:
    assert not isinstance(part.uncertainty, NotMeasured)  # the caller has looked
    return part.uncertainty.degrees_of_freedom[0]


def _influence(
    key: EffectKey,
    parts: Sequence[Influence],
    shares: NDArray[np.float64],
    matrix: NDArray[np.float64],
    freedom: float,
) -> Influence:
    """Everyone's influence on the pooled levels, scaled so that it gives `matrix`.

    People whose clusters agree in every cohort keep them.  Else pairs of one cohort would
    chain to pairs of the next; everyone then moves alone, and a turn of the two columns
    restores the covariance that pairs and shared people have together.
    """
    codes = np.concatenate([part.codes for part in parts])
    values = np.concatenate([share * part.values for part, share in zip(parts, shares.tolist(), strict=True)])
    cluster = np.concatenate([part.cluster for part in parts])
    people, first, index = np.unique(codes, return_index=True, return_inverse=True)
    together = cluster[first]
    if not bool((together[index] == cluster).all()):
        together = people + int(cluster.max()) + 1
    summed: NDArray[np.float64] = np.column_stack([np.bincount(index, values[:, j], people.size) for j in range(2)])
    turned = summed @ _turn(summed, together, matrix)
    return Influence(
        (key,),
        read_only(people.astype(np.int32)),
        read_only(turned),
        read_only(together.astype(np.int32)),
        (freedom,),
        parts[0].numbering,
    )


def _turn(values: NDArray[np.float64], cluster: NDArray[np.int32], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (2, 2) map after which `values` have the covariance `matrix`; on the two levels apart where one is fixed."""
    sums = cluster_sums(values, cluster.astype(np.int64))
    own = sums.T @ sums
    try:
        return np.asarray(np.linalg.solve(np.linalg.cholesky(own).T, np.linalg.cholesky(matrix).T))
    except np.linalg.LinAlgError:
        whole = standard_error(values, cluster.astype(np.int64))
        wanted = math.sqrt(max(float(matrix[0, 0] - 2 * matrix[0, 1] + matrix[1, 1]), 0.0))
        return np.eye(2) * (wanted / whole if whole > 0 else 1.0)


def _kind(effects: Sequence[Effect]) -> str:
    """The cohorts' variance rule: the weaker claim where they differ."""
    kinds = {effect.variance.kind for effect in effects if isinstance(effect.variance, VarianceRule)}
    return "sampling_only" if "sampling_only" in kinds else min(kinds)


def _cluster(effects: Sequence[Effect]) -> str:
    names = {effect.variance.cluster for effect in effects if isinstance(effect.variance, VarianceRule)}
    return names.pop() if len(names) == 1 else ""
