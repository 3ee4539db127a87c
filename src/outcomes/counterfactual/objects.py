"""What the counterfactual room passes on: the comparison, the effect, its uncertainty.

Levels and effects are in natural units (a rate is 0 to 1; earnings are in money per
person) and a difference is always treated minus counterfactual.  Only payment knows
which direction is better and converts to percentage points, percent or per 100.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.document.frames import frame_of
from outcomes.findings import CheckResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Balance",
    "BalanceRow",
    "Blended",
    "Comparison",
    "Covariance",
    "Effect",
    "EffectKey",
    "Estimate",
    "Influence",
    "LevelComparison",
    "Matches",
    "NoComparison",
    "NotMeasured",
    "PeopleComparison",
    "ScoreSpread",
    "Seal",
    "Uncertainty",
    "VarianceRule",
]


@dataclass(frozen=True, slots=True, order=True)
class EffectKey:
    """Which effect: the plan that measured it, of which metric, for whom."""

    plan: str
    metric: str
    cohort: str
    segment: str = "everyone"

    def __str__(self) -> str:
        return f"{self.metric}, {self.cohort}, {self.segment}, by {self.plan}"


@dataclass(frozen=True, slots=True)
class VarianceRule:
    """How the sampling error was measured; one coefficient has many "clustered" SEs.

    Attributes
    ----------
    kind : str
        ``pair-clustered``, ``hc1``, ``hc2``, ``m-estimation``, ``influence``, ``published``.
    cluster : str
        What the clusters are; empty where each unit is its own.
    degrees_of_freedom : float
        Of the t distribution; ``inf`` for the normal.
    words : str
        The rule in one sentence, for the method line.
    """

    kind: str
    cluster: str
    degrees_of_freedom: float
    words: str


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """No sampling error could be measured; this never becomes a band of zero width."""

    reason: str


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One covariate, before and after: standardised mean difference, variance ratio, KS distance.

    ``smd`` is (mean treated - mean comparison) / SD of the *full* treated group.
    The variance ratio is NaN for a constant column.
    """

    covariate: str
    treated_mean: float
    comparison_mean_before: float
    comparison_mean_after: float
    smd_before: float
    smd_after: float
    variance_ratio_before: float
    variance_ratio_after: float
    ks_before: float
    ks_after: float


@dataclass(frozen=True, slots=True)
class Balance:
    """How alike the two groups are on what was known before the start."""

    rows: tuple[BalanceRow, ...]
    n_treated: int
    n_comparison: int
    effective_comparison: float
    """Effective sample size of the weighted comparison group, (sum w)^2 / sum w^2."""

    def summary(self) -> str:
        """How alike the groups are, in one sentence."""
        worst = self.worst()
        return (
            f"{self.n_treated:,} people and {self.n_comparison:,} to compare with "
            f"(worth {self.effective_comparison:,.0f}); the largest difference left is "
            f"{abs(worst.smd_after):.3f} standard deviations ({worst.covariate})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row for each covariate, before and after."""
        return frame_of(self.rows)

    def worst(self) -> BalanceRow:
        """The covariate with the largest absolute difference after."""
        return max(self.rows, key=lambda row: abs(row.smd_after))


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """How each group spreads over the score, in bars that each hold ten people or none.

    Attributes
    ----------
    edges : tuple of float, length b + 1
        Of the score, from 0 to 1.
    treated, comparison_before, comparison_after : tuple of float, length b
        Share of the group in each bar; after is weighted as the estimate is.
    """

    edges: tuple[float, ...]
    treated: tuple[float, ...]
    comparison_before: tuple[float, ...]
    comparison_after: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Who stands in for whom, as a long list.

    Attributes
    ----------
    unit : ndarray of int64, shape (m,)
        The person whose missing outcome is filled in; repeated for several matches.
    match : ndarray of int64, shape (m,)
        Somebody of the other arm; people may be used again and again.
    share : ndarray of float64, shape (m,)
        What the match counts for; adds up to 1 for each unit.
    """

    unit: NDArray[np.int64]
    match: NDArray[np.int64]
    share: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seal:
    """Fingerprints that bind a comparison to its plan and its people, made before outcomes are read.

    Each is a SHA-256 in hexadecimal.  ``comparison`` covers codes, weights and sets.
    """

    plan: str
    cohort: str
    comparison: str


@dataclass(frozen=True, slots=True, eq=False)
class PeopleComparison:
    """Comparison people with weights and sets; carries no outcomes.

    Attributes
    ----------
    plan_id, estimand : str
        ``estimand`` says in words for whom the effect is, including any loss by a caliper.
    treated : ndarray of bool, shape (n,)
        All units of the cohort, by code.
    weights : ndarray of float64, shape (n,)
        0 for those not used.  For the effect on the treated, treated people used have weight 1.
    sets : ndarray of int32, shape (n,)
        Matched set, stratum or subclass of a unit; -1 where there is none.
    score : ndarray of float64, shape (n,), or None
        Propensity score where one was fitted.
    design : ndarray of float64, shape (n, k)
        Encoded covariates, for adjustment after matching.
    design_names : tuple of str, length k
    covariates : Covariates
    cluster : ndarray of int32, shape (n,), or None
        The unit of assignment where it is not the person.
    balance : Balance or None
    seal : Seal
    checks : tuple of CheckResult
    method : tuple of str
        What was done, in sentences.
    index_date : ndarray of datetime64[D], shape (n,), or None
        Where matching gave comparison people their start: NaT for those not used.
    score_spread : ScoreSpread or None
    fold : ndarray of int64, shape (n,), or None
        For cross-fitting.
    matches : Matches or None
        Matched with replacement: who stands for whom.
    person : ndarray of int32, shape (n,), or None
        Which entries are of one person, where someone can stand in both arms.
    start : ndarray of int16, shape (n,), or None
        Position among the plan's periods in which a unit starts; -1 never, 0 before anything was measured.
    areas : tuple of str
        Names of the units by code, where they are areas and no people.
    """

    plan_id: str
    estimand: str
    treated: NDArray[np.bool_]
    weights: NDArray[np.float64]
    sets: NDArray[np.int32]
    score: NDArray[np.float64] | None
    design: NDArray[np.float64]
    design_names: tuple[str, ...]
    covariates: Covariates
    cluster: NDArray[np.int32] | None
    balance: Balance | None
    seal: Seal
    checks: tuple[CheckResult, ...]
    method: tuple[str, ...]
    score_spread: ScoreSpread | None = None
    fold: NDArray[np.int64] | None = None
    matches: Matches | None = None
    index_date: NDArray[np.datetime64] | None = None
    person: NDArray[np.int32] | None = None
    start: NDArray[np.int16] | None = None
    areas: tuple[str, ...] = ()

    def summary(self) -> str:
        """What was done and how alike the groups are."""
        alike = [f"{self.balance.summary()}."] if self.balance else []
        return "\n".join([f"For: {self.estimand}.", *self.method, *alike])


@dataclass(frozen=True, slots=True, eq=False)
class LevelComparison:
    """A level to compare with: a fixed baseline or a published figure.

    ``treated`` (n,), by unit code, says whose outcomes are compared with it; None for
    published figures, which come without people.  ``covariates`` say in which area each
    is and what was expected of each; ``cluster`` (n,) the unit of assignment where it is
    not the person; ``prior`` names the cohort whose stated level is compared with.
    """

    plan_id: str
    words: str
    source: str
    seal: Seal
    checks: tuple[CheckResult, ...] = ()
    treated: NDArray[np.bool_] | None = None
    covariates: Covariates | None = None
    cluster: NDArray[np.int32] | None = None
    prior: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NoComparison:
    """Verified gross outcomes: no counterfactual was measured, and the report says so.

    ``treated`` (n,), by unit code, says whose outcomes are counted.
    """

    plan_id: str
    seal: Seal
    checks: tuple[CheckResult, ...] = ()
    treated: NDArray[np.bool_] | None = None


Comparison = PeopleComparison | LevelComparison | NoComparison


@dataclass(frozen=True, slots=True)
class Effect:
    """What changed, against what would have happened anyway; small, saved, no person-level value.

    Attributes
    ----------
    key : EffectKey
    design : str
    estimand : str
        For whom and of what, in words.
    treated_level, counterfactual_level : Fraction
        Natural units; exact where published, else rounded once to 12 significant digits.
        ``counterfactual_level`` is None for design ``none``.
    n_cohort, n_measured, n_comparison : int or None
        People the contract counts; those of them measured and used; comparison people used.
        None where a published figure does not say.
    variance : VarianceRule or NotMeasured
    standard_error : Fraction or None
        Of the difference, in natural units.
    confidence : Fraction
    checks : tuple of CheckResult
    method : tuple of str
        What was done, in sentences, for the annex.
    source : str
        Where a published figure stands; empty otherwise.
    known : str
        ``levels`` where both levels are known.  ``difference`` (levels are the change and
        0) or ``relative`` (levels are the ratio and 1) where only a change was published:
        then no quantity that needs the levels themselves can be priced.
    spread : Fraction or None
        Standard deviation of the outcome among comparison people, natural units; what a
        standardised effect is divided by.
    complier_share : Fraction or None
        Of the people counted, those whom an effect on compliers is on: what multiplies by
        people multiplies by this share of them.  None where the effect is on all of them.
    """

    key: EffectKey
    design: str
    estimand: str
    treated_level: Fraction
    counterfactual_level: Fraction | None
    n_cohort: int | None
    n_measured: int | None
    n_comparison: int | None
    variance: VarianceRule | NotMeasured
    standard_error: Fraction | None
    confidence: Fraction
    checks: tuple[CheckResult, ...] = ()
    method: tuple[str, ...] = ()
    source: str = ""
    known: Literal["levels", "difference", "relative"] = "levels"
    spread: Fraction | None = None
    complier_share: Fraction | None = None

    @property
    def difference(self) -> Fraction | None:
        """Treated minus counterfactual, exact on the two levels."""
        if self.counterfactual_level is None:
            return None
        return self.treated_level - self.counterfactual_level


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Each unit's influence on both arms' levels of every effect; in memory only, never saved.

    Attributes
    ----------
    keys : tuple of EffectKey, length K
    codes : ndarray of int32, shape (n,)
        Unit codes, ascending.
    values : ndarray of float64, shape (n, 2 K)
        Columns 2k and 2k + 1 are the treated and the counterfactual level of ``keys[k]``,
        scaled so that the sum over clusters of (sum in cluster)(sum in cluster)' is the
        *reported* covariance, finite-sample factors included.
    cluster : ndarray of int32, shape (n,)
        Which units move together (matched pairs, sites); the unit's own code otherwise.
    degrees_of_freedom : tuple of float, length K
    numbering : str
        Whose numbering of people the codes are; values of two numberings never meet.
    """

    keys: tuple[EffectKey, ...]
    codes: NDArray[np.int32]
    values: NDArray[np.float64]
    cluster: NDArray[np.int32]
    degrees_of_freedom: tuple[float, ...]
    numbering: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Covariance:
    """The covariance of both arms' levels, where influence values do not exist.

    ``matrix`` has shape (2 K, 2 K), in the order of `Influence.values`.
    """

    keys: tuple[EffectKey, ...]
    matrix: NDArray[np.float64]
    degrees_of_freedom: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Blended:
    """Levels that are sums of other estimates' levels, so that they are drawn jointly with them and all others.

    Attributes
    ----------
    parts : tuple of Estimate, length p
        None of them blended itself.
    maps : tuple of ndarrays of float64, shape (2, 2)
        What each part's levels (treated, counterfactual) add to the levels of the blend.
    degrees_of_freedom : tuple of float, length 1
    """

    parts: tuple[Estimate, ...]
    maps: tuple[NDArray[np.float64], ...]
    degrees_of_freedom: tuple[float, ...]


Uncertainty = Influence | Covariance | Blended | NotMeasured


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """An effect and, in memory, what its uncertainty is made of."""

    effect: Effect
    uncertainty: Uncertainty

    def summary(self) -> str:
        """The effect, its interval and its method, as text."""
        from outcomes.counterfactual.words import describe_estimate

        return describe_estimate(self.effect)

    def to_frame(self) -> pd.DataFrame:
        """The effect as a table of one row."""
        return frame_of([self.effect], ("checks", "method"))
