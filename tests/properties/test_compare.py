"""Whatever differs between two runs: the lines sum to B less A, and the way back is as long."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from outcomes.claims.objects import ClaimDecision
from outcomes.contract.clauses import ClauseLimits, Condition, PerPrice, ReduceBy
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import ContractLimits
from outcomes.run.compare_runs import reconcile_runs
from outcomes.run.objects import Run
from tests.unit.payment.build import claims_clause, clause, contract, estimate, q
from tests.unit.run.made import decision, run_of

LINES = ("one", "two", "three")


@st.composite
def agreements(draw: st.DrawFn) -> Contract:
    names = draw(st.lists(st.sampled_from(LINES), min_size=1, unique=True))
    most = st.none() | st.integers(1, 3)
    lines = tuple(
        RateLine(name, name, Fraction(draw(st.integers(0, 500)), 4), maximum_outcomes=draw(most)) for name in names
    )
    share = draw(st.none() | st.sampled_from(["1/3", "1/6", "1/2"]))
    claims = claims_clause(
        reduce_by=ReduceBy(share=Fraction(share), because="x") if share else None,
        limits=ClauseLimits(
            at_most=draw(st.none() | st.integers(10, 600).map(Fraction)),
            per_person=draw(st.none() | st.integers(10, 300).map(Fraction)),
        ),
    )
    rate = clause(
        "rate",
        pay=PerPrice(per=q(1), amount=Fraction(draw(st.integers(1, 99)))),
        only_if=draw(st.none() | st.integers(0, 9).map(lambda least: Condition(at_least=q(least)))),
    )
    clauses = [claims, *draw(st.sampled_from([[], [rate]]))]
    whole = draw(st.none() | st.integers(10, 900).map(lambda most: ContractLimits(at_most=Fraction(most))))
    to = draw(st.sampled_from(["0.01", "1", "10"]))
    return contract(*clauses, cards={"claims": RateCard("card.csv", lines)}, limits=whole, to=to)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    agreed = draw(agreements())
    priced = [line.id for line in agreed.cards["claims"].lines]
    decisions: list[ClaimDecision] = [
        decision(
            str(claim),
            draw(st.sampled_from(priced)),
            *draw(st.sampled_from([("accepted", ""), ("rejected", "late"), ("query", "date")])),
            person=draw(st.integers(0, 3)),
        )
        for claim in draw(st.lists(st.integers(1, 9), unique=True))
    ]
    measured = draw(st.booleans())
    estimates = [estimate("0.50", str(draw(st.integers(50, 60)) / Fraction(100)), 0.01)] if measured else []
    return run_of(agreed, decisions, estimates)


@given(runs(), runs())
def test_the_lines_always_sum_to_b_less_a(a: Run, b: Run) -> None:
    there, back = reconcile_runs(a, b), reconcile_runs(b, a)
    assert sum(line.amount for line in there.lines) == b.statement.due - a.statement.due
    assert there.difference == -back.difference
    # Contracts of this kind differ in parts that can all be told apart.
    assert not there.blocks and not back.blocks


@given(runs())
def test_a_run_beside_itself_has_nothing_to_explain(run: Run) -> None:
    found = reconcile_runs(run, run)
    assert found.lines == () and not found.blocks
