"""Other routes, lines of a segment, stops and new prices decide a claim; profiles say who has what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from outcomes.claims.counts import count_claims, profile_claims
from outcomes.claims.decide import decide_claims
from outcomes.claims.objects import ClaimDecision, ClaimProfile
from outcomes.claims.table import Claim, Claims, line_ids
from outcomes.contract.clauses import EachPrice, RateCardTerms
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import CohortTerms, Variation
from tests.unit.payment.build import claims_clause, contract

F = Fraction
JUNE = date(2024, 6, 1)
CLAUSE = claims_clause(rate_card=RateCardTerms(table="card.csv"))
SCHOOL = RateLine("school", "School", F(100))
WORK = RateLine("work", "Work", F(200), excludes=("school",))


def claim(
    number: int, line: str, day: date, person: int = 1, segment: str = "everyone", got: date | None = None
) -> Claim:
    return Claim(
        f"c{number}",
        f"p{person}",
        line,
        day,
        got or day,
        None,
        None,
        "claims.csv",
        number,
        segment=segment,
    )


def decided(lines: tuple[RateLine, ...], *claims: Claim, **terms: Any) -> tuple[ClaimDecision, ...]:
    agreed = replace(contract(CLAUSE).terms, **terms)
    return decide_claims(agreed, CLAUSE, RateCard("card.csv", lines), Claims(claims), date(2025, 1, 1))


@pytest.mark.parametrize("first", ["school", "work"])
def test_of_two_routes_only_the_first_is_paid_whichever_line_says_so(first: str) -> None:
    second = {"school": "work", "work": "school"}[first]
    made = decided((SCHOOL, WORK), claim(1, first, date(2024, 1, 1)), claim(2, second, date(2024, 2, 1)))
    assert [(one.state, one.code) for one in made] == [("accepted", ""), ("rejected", "excluded")]


def test_a_segment_has_the_rules_of_its_own_line() -> None:
    north = replace(SCHOOL, segment="north", times_per_person=1)
    days = (date(2024, 1, 1), date(2024, 2, 1))
    cohorts = CohortTerms(segments={"north": "a", "south": "b"})
    for segment, states in (("north", ["accepted", "rejected"]), ("south", ["accepted", "accepted"])):
        claims = [claim(k, "school", day, segment=segment) for k, day in enumerate(days)]
        assert [one.state for one in decided((SCHOOL, north), *claims, cohorts=cohorts)] == states


def test_an_outcome_without_a_price_for_the_persons_segment_is_rejected() -> None:
    made = decided((replace(SCHOOL, segment="north"),), claim(1, "school", date(2024, 1, 1), segment="south"))
    assert [one.code for one in made] == ["segment-unpriced"]


def test_a_stop_rejects_claims_by_their_own_day_and_a_new_price_marks_them() -> None:
    stop = Variation(dated=JUNE, applies_to="claims from", from_=JUNE, words="ends", stops=True)
    may = date(2024, 5, 1)
    raised = Variation(dated=may, applies_to="outcomes achieved from", from_=may, words="more", prices={"school": F(5)})
    made = decided(
        (SCHOOL,),
        claim(1, "school", date(2024, 4, 30), got=date(2024, 5, 20)),
        claim(2, "school", may, got=date(2024, 5, 31), person=2),
        claim(3, "school", date(2024, 5, 2), got=JUNE, person=3),
        variations=(stop, raised),
    )
    assert [(one.code, one.priced_from) for one in made[:2]] == [("", ""), ("", "2024-05-01")]
    assert made[2].code == "contract-stopped"
    assert [(one.accepted, one.rejected, one.priced_from) for one in count_claims(made)] == [
        (1, 0, ""),
        (1, 1, "2024-05-01"),
    ]


def test_profiles_say_who_has_what_and_from_which_day_it_is_priced() -> None:
    raised = Variation(dated=JUNE, applies_to="claims from", from_=JUNE, words="more", prices={"school.north": F(5)})
    north = replace(SCHOOL, segment="north")
    claims = [
        claim(1, "school", date(2024, 1, 1), 1, "north"),
        claim(2, "school", date(2024, 7, 1), 1, "north"),
        claim(3, "school", date(2024, 7, 1), 2, "south"),
        claim(4, "school", date(2024, 7, 2), 3, "south"),
    ]
    cohorts = CohortTerms(segments={"north": "a", "south": "b"})
    made = profile_claims(
        contract(CLAUSE).terms, decided((SCHOOL, north), *claims, cohorts=cohorts, variations=(raised,))
    )
    together = "all cohorts together"
    assert made == (
        ClaimProfile("claims", together, "north", 1, (("school", "", 1), ("school", "2024-06-01", 1))),
        ClaimProfile("claims", together, "south", 2, (("school", "", 1),)),
    )


@pytest.mark.parametrize("name", ["2024", "2024-Q1"])
def test_a_new_price_of_one_cohort_marks_its_claims_and_no_others(name: str) -> None:
    prices = {f"{CLAUSE.id}.{name}": F(5)}
    raised = Variation(dated=JUNE, applies_to="claims from", from_=JUNE, words="more", prices=prices)
    clause = claims_clause(for_each="cohort", pay=EachPrice(each={name: F(4), "2023": F(3)}, by="cohort"))
    years = CohortTerms(every="quarter", first_day=date(2023, 1, 1), last_day=date(2024, 12, 31))
    agreed = replace(contract(clause).terms, variations=(raised,), cohorts=years)
    kind = line_ids(clause, None)[0]
    days = (date(2024, 5, 31), JUNE, JUNE)
    claims = [
        replace(claim(k, kind, day, person=k), intake=cohort)
        for k, (day, cohort) in enumerate(zip(days, ("2024-Q1", "2024-Q1", "2023-Q4"), strict=True))
    ]
    made = decide_claims(agreed, clause, None, Claims(tuple(claims)), date(2025, 1, 1))
    assert [one.state for one in made] == ["accepted"] * 3
    assert [one.priced_from for one in made] == ["", "2024-06-01", ""]


def test_a_new_price_by_another_date_does_not_reach_a_claim_through_another_segments_line() -> None:
    north, march, april = replace(SCHOOL, segment="north"), date(2024, 3, 15), date(2024, 4, 1)
    achieved = Variation(
        dated=march, applies_to="outcomes achieved from", from_=march, words="more", prices={"school.north": F(5)}
    )
    received = Variation(dated=april, applies_to="claims from", from_=april, words="more", prices={"school": F(9)})
    one = claim(1, "school", date(2024, 3, 10), segment="north", got=date(2024, 4, 5))
    cohorts = CohortTerms(segments={"north": "a", "south": "b"})
    (made,) = decided((SCHOOL, north), one, cohorts=cohorts, variations=(achieved, received))
    assert (made.state, made.priced_from) == ("accepted", "")
