"""Laws of payment that hold for every contract: sums, caps, order, monotone prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.contract.clauses import (
    ClauseLimits,
    Condition,
    LinePrice,
    PayerShare,
    PerPrice,
    Point,
    Price,
    Step,
    StepPrice,
    Tier,
    TierPrice,
)
from outcomes.contract.pots import limit_of_year, whole_limit
from outcomes.contract.walk import cohorts_of_clause
from outcomes.errors import Refused
from outcomes.money import Rounding
from outcomes.payment.limits import cap_of
from outcomes.payment.payers import split_clause
from outcomes.payment.prices import price_rows
from outcomes.payment.pricing import price
from outcomes.payment.quantities import Row
from outcomes.payment.scene import draw_scene, point_scene
from tests.oracle.generate import AS_OF, Made, make
from tests.unit.payment.build import claims_clause, clause, contract, count, estimate, known, q

F = Fraction
SEEDS = st.integers(0, 10**9)
GAINS = st.fractions(-10, 40, max_denominator=1000)
MONEY = st.decimals("0", "5000", places=2).map(Fraction)


@given(SEEDS)
def test_parts_sum_to_the_whole_exactly(seed: int) -> None:
    made = make(Random(seed))
    try:
        statement = price(made.contract, made.evidence, AS_OF, draws=3)
    except Refused:
        return
    step = F(made.contract.terms.rounding.to)
    zero = Decimal(0)
    for part in statement.clauses:
        assert sum((row.due for row in part.rows), zero) == part.due
        fall = part.waterfall
        assert fall.gross + fall.anyway + fall.conditions + fall.limits + fall.rounding == fall.due == part.due
        assert all((F(row.due) / step).denominator == 1 for row in part.rows)
    assert sum((part.due for part in statement.clauses), zero) == statement.due == statement.waterfall.due
    assert sum((payer.due for payer in statement.payers), zero) == statement.due


def year_of(made: Made, cohort: str) -> str | None:
    found = limit_of_year(made.contract.terms, cohort)
    return found[0] if found else None


def limits_of_years(made: Made, clause_id: str) -> Iterator[tuple[str, Fraction]]:
    cohorts = cohorts_of_clause(made.contract.terms, made.contract.clause(clause_id))
    yield from (found for cohort in cohorts if (found := limit_of_year(made.contract.terms, cohort)))


@given(SEEDS)
def test_no_limit_is_passed_by_as_much_as_a_penny(seed: int) -> None:
    made = make(Random(seed))
    try:
        statement = price(made.contract, made.evidence, AS_OF, draws=3)
    except Refused:
        return
    terms = made.contract.terms
    rounding = Rounding(Decimal(str(float(terms.rounding.to))), terms.rounding.rule)
    limits = terms.limits
    capped = whole_limit(terms)
    if capped is not None:
        assert statement.due <= rounding.quantise(capped)
    for year, cap in {limit for row in terms.payments for limit in limits_of_years(made, row.id)}:
        rows = [r for part in statement.clauses for r in part.rows if year_of(made, r.cohort) == year]
        assert sum((r.due for r in rows), Decimal(0)) <= rounding.quantise(cap)
    owed = {payer.payer: payer.due for payer in statement.payers}
    for ceiling in limits.payers if limits else ():
        assert owed[ceiling.payer] <= rounding.quantise(ceiling.up_to)
    for part in terms.payments:
        due = statement.clause(part.id).due
        cap = cap_of(made.contract, part.limits)
        if cap is not None:
            assert due <= rounding.quantise(cap)
        floor = part.limits.at_least
        if (
            floor is not None
            and limits is None
            and any(row.quantity is not None for row in statement.clause(part.id).rows)
        ):
            assert due >= rounding.quantise(floor)


@st.composite
def rising_prices(draw: st.DrawFn) -> Price:
    """A price that never falls as the quantity rises."""
    kind = draw(st.sampled_from(["per", "above", "steps", "line"]))
    amounts = sorted(draw(st.lists(MONEY, min_size=3, max_size=5)))
    edges = sorted(draw(st.sets(st.integers(0, 30), min_size=len(amounts), max_size=len(amounts))))
    if kind == "steps":
        return StepPrice(steps=tuple(Step(from_=q(e), amount=a) for e, a in zip(edges, amounts, strict=True)))
    if kind == "line":
        points = tuple(Point(at=q(e), amount=a) for e, a in zip(edges, amounts, strict=True))
        return LinePrice(line=points, below="nothing", above="the last amount")
    return PerPrice(per=q(1), amount=amounts[0], above=q(edges[0]) if kind == "above" else None)


@given(rising_prices(), GAINS, GAINS, st.integers(0, 20), st.none() | MONEY)
def test_a_better_result_never_pays_less(
    pay: Price, one: Fraction, two: Fraction, gate: int, cap: Fraction | None
) -> None:
    paying = contract(clause(pay=pay, only_if=Condition(at_least=q(gate)), limits=ClauseLimits(at_most=cap)))
    low, high = (
        price(paying, known(estimate(F(6, 10) - gain / 100, F(6, 10))), AS_OF).due for gain in sorted((one, two))
    )
    assert low <= high
    assert cap is None or high <= cap


@given(st.lists(st.tuples(st.integers(1, 50), MONEY), min_size=1, max_size=4), st.integers(0, 200), st.integers(0, 200))
def test_one_more_claim_is_paid_at_the_price_of_its_tier(tiers: list[tuple[int, Fraction]], one: int, two: int) -> None:
    pay = TierPrice(tiers=tuple(Tier(next=size, each=each) for size, each in tiers))
    paying = contract(claims_clause(pay=pay))
    low, high = sorted((one, two))
    paid = [F(price(paying, known(count(number)), AS_OF).due) for number in (low, high)]
    each = [price_each for size, price_each in tiers for _ in range(size)]
    assert paid[1] - paid[0] == sum(each[low:high], F(0))


@given(st.lists(st.integers(1, 30), min_size=2, max_size=4), st.decimals("-999", "9999", places=2), MONEY)
def test_payers_bear_the_whole_and_no_more_than_their_ceiling(
    weights: list[int], due: Decimal, ceiling: Fraction
) -> None:

    names = tuple("abcd"[: len(weights)])
    shares = tuple(
        PayerShare(
            payer=name,
            share=F(weight, sum(weights)),
            up_to=ceiling if not i else None,
            then=names[-1] if not i else None,
        )
        for i, (name, weight) in enumerate(zip(names, weights, strict=True))
    )
    paying = contract(clause(pay=PerPrice(per=q(1), amount=F(1)), payers=shares), payers=names)
    rows = [Row("all cohorts together", "everyone", "pp")]
    split = split_clause(paying, paying.terms.payments[0], rows, [due], Rounding(Decimal("0.01")))
    assert sum(split.values(), Decimal(0)) == due
    assert split["a"] <= ceiling


@given(rising_prices(), st.lists(GAINS, min_size=1, max_size=5))
def test_the_point_and_draws_are_priced_alike(pay: Price, gains: list[Fraction]) -> None:
    paying, nothing = contract(clause(pay=pay)), known()
    rows = [Row("all cohorts together", "everyone", "pp")] * len(gains)
    floats = np.array([[float(gain) for gain in gains]])
    exact = price_rows(paying, pay, np.array(gains, dtype=object), rows, point_scene(nothing))
    drawn = price_rows(paying, pay, floats, rows, draw_scene(nothing, 1, 1))
    assert drawn[0] == pytest.approx([float(value) for value in exact], abs=1e-6)
