"""What cannot be priced is refused with its code and the next step, never guessed and never a traceback.

The loader refuses some of these contracts; a contract made as objects meets the same answer here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from outcomes.claims.objects import ClaimProfile
from outcomes.contract.clauses import (
    ClauseLimits,
    Composition,
    Condition,
    EachPrice,
    FixedPrice,
    PeopleThreshold,
    PerPrice,
    RateCardTerms,
    Step,
    StepPrice,
    Tier,
    TierPrice,
)
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import CohortTerms, IndexPart, MetricTerms, Variation
from outcomes.errors import ExitStatus, Refused
from outcomes.payment.evidence import Evidence, evidence
from outcomes.payment.pricing import price
from tests.unit.payment.build import (
    AS_OF,
    METRICS,
    POINTS,
    TOGETHER,
    claims_clause,
    clause,
    contract,
    count,
    estimate,
    known,
    q,
)

F = Fraction
MADE = estimate("0.5", "0.6", 0.02)
A, B = (RateLine(name, name, F(amount)) for name, amount in (("a", 100), ("b", 200)))
QUARTERS = CohortTerms(every="quarter", first_day=date(2024, 1, 1), last_day=date(2024, 12, 31))
PARTS = (IndexPart(metric="rate", weight=F(1, 2)), IndexPart(metric="earnings", weight=F(1, 2)))


def changed(base: Contract, **terms: object) -> Contract:
    return replace(base, terms=replace(base.terms, **terms))  # type: ignore[arg-type]


def card(*lines: RateLine, **limits: object) -> Contract:
    paying = claims_clause(rate_card=RateCardTerms(table="card.csv"), limits=ClauseLimits(**limits))  # type: ignore[arg-type]
    return contract(paying, cards={"claims": RateCard("card.csv", lines)})


def varied(pay: StepPrice | FixedPrice) -> Contract:
    """A clause by quarter whose price a variation changes from the second quarter on."""
    change = Variation(
        dated=date(2024, 3, 1), applies_to="cohorts starting from", from_=date(2024, 4, 1), words="a",
        prices={"one": F(7)},
    )  # fmt: skip
    return changed(contract(clause(for_each="cohort", pay=pay)), cohorts=QUARTERS, variations=(change,))


SIZES = Condition(by_people=(PeopleThreshold(from_=10, at_least=q(5)),))
TIERS = TierPrice(tiers=(Tier(next=2, each=F(5)), Tier(each=F(4))))
LOW_END = Condition(low_end_above=q(2), at=F(9, 10))
TIMES = PerPrice(per=q(1), amount=F(5), times="people")
BOTH = METRICS | {"both": MetricTerms(kind="index", better="higher", parts=PARTS)}
PLACES = (("a", "north"), ("a", "south"), ("b", "south"))
CROSSED = known(*(count(5, line=line, segment=segment) for line, segment in PLACES))
LITTLE = tuple(Composition(share=F(1, 10), from_=name) for name in ("a", "south"))
SECOND = known(estimate("0.5", "0.6", cohort="2024-Q2"))
PROFILE = ClaimProfile("claims", TOGETHER, "everyone", 3, (("line", "", 1),))

REFUSALS = (
    (
        contract(clause(only_if=SIZES, pay=FixedPrice(amount=F(5)))),
        known(estimate("0.5", "0.6", people=None)),
        "people-unknown",
        "depends on how many people there are, which is not known",
        "Give people:",
    ),
    (
        contract(clause(only_if=LOW_END, pay=FixedPrice(amount=F(5)))),
        replace(known(MADE), law=None),
        "variance-not-measured",
        "no joint law to take a variance from",
        "Make the evidence from estimates",
    ),
    (
        changed(contract(clause(measure=replace(POINTS, improvement_in="both"), pay=TIMES)), metrics=BOTH),
        known(MADE, estimate("0.54", "0.50", metric="earnings")),
        "people-unknown",
        "an index of several metrics has no one number of them",
        "Leave times: out.",
    ),
    (
        contract(
            claims_clause(for_each="cohort", pay=EachPrice(each={"y1": F(4)}, by="cohort")), cohorts=("y1", "y2")
        ),
        known(count(1, cohort="y1"), count(1, cohort="y2")),
        "cohort-without-price",
        "states no price for y2; it has y1",
        "Add the cohort to the table.",
    ),
    (
        varied(StepPrice(steps=(Step(from_=q(5), amount=F(9)),))),
        SECOND,
        "variation",
        "has no single price to change",
        "Price by cohort instead.",
    ),
    (
        card(replace(A, segment="north")),
        known(count(1, line="a", segment="south")),
        "segment-unpriced",
        "has no price of a for south",
        "Add the line, or correct the segment.",
    ),
    (
        contract(
            claims_clause(pay=TIERS, limits=ClauseLimits(per_person=F(5)))
        ),
        evidence([], [count(3)], [], [PROFILE]),
        "per-person-price",
        "has no single price for one claim",
        "Price by each: or a rate card.",
    ),
    (
        card(A, B, composition=LITTLE),
        CROSSED,
        "composition",
        "cut one another down until next to nothing is left",
        "Put up a share, or drop a rule.",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("paying", "found", "code", "words", "hint"), REFUSALS, ids=[part[2] for part in REFUSALS])
def test_what_cannot_be_priced_is_refused(paying: Contract, found: Evidence, code: str, words: str, hint: str) -> None:
    with pytest.raises(Refused) as caught:
        price(paying, found, AS_OF, draws=20)
    assert caught.value.exit_status == ExitStatus.REFUSED
    problem = caught.value.problems[0]
    assert problem.code == code
    assert words in problem.message
    assert hint in problem.hint


def test_a_variation_of_a_fixed_sum_takes_its_place_from_its_day_on() -> None:
    found = known(estimate("0.5", "0.6", cohort="2024-Q1"), estimate("0.5", "0.6", cohort="2024-Q2"))
    rows = price(varied(FixedPrice(amount=F(5))), found, AS_OF).clauses[0].rows
    assert [str(row.due) for row in rows if row.due] == ["5.00", "7.00"]
