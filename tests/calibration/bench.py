"""The calibration bench: estimators in worlds whose truth is known, and how often they come out right.

Lives here: one cell and its measures.  Does not live here: which cells there are
(`cells.py`), the other tables (`unseen.py`, `flags.py`), the published page (`publish.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from outcomes.cohort.labels import ALL_COHORTS
from outcomes.cohort.outcomes import Sample
from outcomes.contract.clauses import Condition, FixedPrice, MeasureTerms, PaymentClause, PerPrice
from outcomes.contract.load import Contract
from outcomes.contract.people_terms import MatchTerms, WeightTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.contract.terms import ContractTerms, MetricTerms, Parties, RoundingTerms
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.joint_law import joint_law
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, Estimate, NotMeasured, PeopleComparison, VarianceRule
from outcomes.errors import Refused
from outcomes.foresight.worlds import METRIC, WaitingWorld, World
from outcomes.payment.evidence import evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
from outcomes.units import Quantity

__all__ = ["HONEST", "KEY", "Cell", "Outcome", "Rule", "Run", "at_fault", "estimate_in", "plan_of", "run_cell"]

COVARIATES = ("x1", "x2", "x3", "x4")
KEY = EffectKey("plan", METRIC, ALL_COHORTS)
DRAWS = 1_000
PER_UNIT = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One world and one way of measuring in it.

    Attributes
    ----------
    world : str
        In words, as the page shows it.
    people : int
        In the programme.
    effect : str
    estimator : str
    draw : callable of a seed
    plan : EvaluationPlan
    recommended : bool
        What its design recommends: held to the targets.
    conservative : bool
        Covers more often than it says by construction: held to them on one side.
    priced : bool
        The payment's range is taken from `price` on the same estimate, away from its floor.
    share : float
        Of the worlds asked for: less than one where a world takes long.
    """

    world: str
    people: int
    effect: str
    estimator: str
    draw: Callable[[int], World | WaitingWorld]
    plan: EvaluationPlan
    recommended: bool = False
    conservative: bool = False
    priced: bool = False
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one world."""

    comparison: PeopleComparison
    sample: Sample
    estimate: Estimate
    truth: float

    @property
    def difference(self) -> float:
        """Estimated, natural units."""
        return float(self.estimate.effect.difference or 0)

    @property
    def error(self) -> float:
        """Its standard error."""
        return float(self.estimate.effect.standard_error or 0)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of its interval."""
        assert isinstance(self.estimate.effect.variance, VarianceRule)
        return self.estimate.effect.variance.degrees_of_freedom


def honest(run: Run, confidence: float) -> float:
    """Half of the reported interval at `confidence`."""
    return t_quantile((1 + confidence) / 2, run.freedom) * run.error


def as_reported(run: Run) -> Estimate:
    """The estimate that draws come from."""
    return run.estimate


@dataclass(frozen=True, slots=True)
class Rule:
    """How intervals and draws are made: the honest way, or with a planted mistake."""

    half: Callable[[Run, float], float] = honest
    drawn: Callable[[Run], Estimate] = as_reported


HONEST = Rule()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell came to over its worlds.

    Attributes
    ----------
    worlds, refused : int
        Refused: no estimate, or none with a measured error.
    bias : float
        In empirical standard errors.
    spread : float
        Mean reported error over the empirical one.
    cover_90, cover_95 : float
        How often the interval holds the truth.
    band : float
        How often the central 90 % of the joint law's draws does.
    paid : float
        How often the 90 % band of `price` holds the payment due at the truth; NaN where not priced.
    more, less : float
        How often a one-sided 5 % test finds more, or less, than is true: the chance that a
        gate pays for nothing where more, or less, is better.
    """

    worlds: int
    refused: int
    bias: float
    spread: float
    cover_90: float
    cover_95: float
    band: float
    paid: float
    more: float
    less: float

    def error(self, share: float) -> float:
        """Monte Carlo standard error of a share."""
        return math.sqrt(share * (1 - share) / max(self.worlds - self.refused, 1))


def plan_of(design: str, **terms: object) -> EvaluationPlan:
    """A plan on the worlds' covariates; keywords of the plan, of ``match`` and ``weight``, and ``kind``."""
    match, weight, kind = terms.pop("match", None), terms.pop("weight", None), terms.pop("kind", None)
    made = EvaluationPlan(id="plan", metrics=(METRIC,), design=design, covariates=COVARIATES, adjust="none")  # type: ignore[arg-type]
    made = replace(made, match=None if match is None else MatchTerms(**match))  # type: ignore[arg-type]
    made = replace(made, weight=None if weight is None else WeightTerms(**weight))  # type: ignore[arg-type]
    inference = None if kind is None else InferenceTerms(kind=kind, confidence=Fraction(9, 10))  # type: ignore[arg-type]
    return replace(made, inference=inference, **terms)  # type: ignore[arg-type]


def estimate_in(world: World | WaitingWorld, plan: EvaluationPlan) -> Run | None:
    """The estimate in one world; None where there is none, or none with an error."""
    try:
        comparison = design_comparison(world.cohort, plan)
        assert isinstance(comparison, PeopleComparison)
        if isinstance(world, World):
            sample = world.outcomes
        else:
            assert comparison.index_date is not None  # matching by risk sets gives everyone a start
            sample = world.outcomes(comparison.index_date)
        estimate = measure(sample, comparison, plan, KEY, checks=False)
    except Refused:
        return None
    if isinstance(estimate.effect.variance, NotMeasured) or estimate.effect.difference is None:
        return None
    return Run(comparison, sample, estimate, world.truth)


def run_rows(cell: Cell, worlds: int, rule: Rule = HONEST, first: int = 0) -> NDArray[np.float64]:
    """One row a world, shape (worlds, 8), from seed `first` on; NaN where nothing was estimated."""
    rows = np.full((worlds, 8), np.nan)
    # The arrays are small: threads would only wait for one another.
    with threadpool_limits(1):
        for at in range(worlds):
            run = estimate_in(cell.draw(first + at), cell.plan)
            if run is not None:
                rows[at] = _row(run, rule, cell.priced)
    return rows


def _row(run: Run, rule: Rule, priced: bool) -> tuple[float, ...]:
    """What one world says of each measure of `Outcome`."""
    gap = run.difference - run.truth
    margin = t_quantile(0.95, run.freedom) * run.error
    return (
        gap,
        run.error,
        abs(gap) <= rule.half(run, 0.90),
        abs(gap) <= rule.half(run, 0.95),
        _in_band(rule.drawn(run), run.truth),
        _in_payment_band(run) if priced else math.nan,
        gap > margin,
        gap < -margin,
    )


def summary(rows: NDArray[np.float64]) -> Outcome:
    """What rows (worlds, 8) come to."""
    seen = rows[~np.isnan(rows[:, 0])]
    if seen.shape[0] < 2:
        return Outcome(rows.shape[0], rows.shape[0] - seen.shape[0], *([math.nan] * 8))
    spread = float(np.std(seen[:, 0], ddof=1))
    shares = (float(share) for share in seen[:, 2:].mean(axis=0))
    mean, error = float(seen[:, 0].mean()), float(seen[:, 1].mean())
    return Outcome(rows.shape[0], rows.shape[0] - seen.shape[0], mean / spread, error / spread, *shares)


def run_cell(cell: Cell, worlds: int, rule: Rule = HONEST, first: int = 0) -> Outcome:
    """`worlds` made-up worlds of a cell, from seed `first` on."""
    return summary(run_rows(cell, worlds, rule, first))


def _in_band(estimate: Estimate, truth: float) -> bool:
    """True when the 5 % and 95 % points of the joint law's draws hold the truth: what a payment's range is made of."""
    draws = joint_law([estimate]).draws(DRAWS, seed=1)
    low, high = np.quantile(draws.treated[:, 0] - draws.counterfactual[:, 0], (0.05, 0.95))
    return bool(low <= truth <= high)


@cache
def _contract() -> Contract:
    """Two clauses: so much for each unit of the effect, and a sum where it is tested better at 95 %, one-sided."""
    measured = MeasureTerms(improvement_in=METRIC, against="plan", in_="money per person")
    each = PerPrice(per=Quantity(Fraction(1), ""), amount=Fraction(PER_UNIT))
    better = Condition(tested="better", at=Fraction(95, 100), sides="one")
    terms = ContractTerms(
        language="1",
        id="bench",
        title="Bench",
        terms="illustrative",
        precedence="signed contract",
        currency="GBP",
        rounding=RoundingTerms(to=Fraction("0.01"), rule="half-up", at="clause"),
        parties=Parties(commissioner="Council", outcome_payers=("Council",), contract_holder="Provider"),
        metrics={METRIC: MetricTerms(kind="amount", better="higher")},
        payments=(
            PaymentClause(id="linear", measure=measured, pay=each),
            PaymentClause(id="gated", measure=measured, only_if=better, pay=FixedPrice(amount=Fraction(PER_UNIT))),
        ),
    )
    return Contract(terms, {"plan": plan_of("published")}, {}, (), (), "")


def priced(run: Run) -> PaymentStatement:
    """What the bench's contract pays on an estimate, with its band."""
    return price(_contract(), evidence([run.estimate]), date(2030, 1, 1), draws=DRAWS)


def _in_payment_band(run: Run) -> bool:
    """Whether the linear clause's band holds what it would pay at the truth."""
    band = priced(run).clauses[0].band
    assert band.low is not None and band.high is not None
    return float(band.low) <= PER_UNIT * max(run.truth, 0.0) <= float(band.high)


def at_fault(outcome: Outcome, conservative: bool = False, errors: float = 3.0) -> list[str]:
    """Which targets a cell misses by more than so many Monte Carlo errors; empty where it meets them all.

    Targets: 95 % coverage 94 to 96, 90 % coverage and range of draws 88.5 to 91.5, a gate
    that pays for nothing in at most 6 %, bias under a tenth of a standard error.  The
    conservative may cover more.
    """
    found = []
    for name, share, low, high in (
        ("95 % interval", outcome.cover_95, 0.94, 0.96),
        ("90 % interval", outcome.cover_90, 0.885, 0.915),
        ("90 % range of draws", outcome.band, 0.885, 0.915),
        ("90 % band of the payment", outcome.paid, 0.885, 0.915),
    ):
        below = share < low - errors * outcome.error(low)
        if below or (share > high + errors * outcome.error(high) and not conservative):
            found.append(f"{name} holds the truth {share:.1%} of the time")
    for name, share in (("more", outcome.more), ("less", outcome.less)):
        if share > 0.06 + errors * outcome.error(0.06):
            found.append(f"a 5 % test finds {name} than is true {share:.1%} of the time")
    slack = errors / math.sqrt(max(outcome.worlds - outcome.refused, 1))
    if abs(outcome.bias) > 0.1 + slack:
        found.append(f"bias of {outcome.bias:.2f} standard errors")
    return found
