"""What cannot be priced is refused with its own code and words, and is never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from outcomes.claims.objects import ClaimProfile
from outcomes.contract.clauses import (
    ClauseLimits,
    Composition,
    Condition,
    EachPrice,
    FixedPrice,
    MeasureTerms,
    PeopleThreshold,
    PerPrice,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    WhenRow,
)
from outcomes.contract.terms import IndexPart, MetricTerms, Variation
from outcomes.counterfactual.objects import NotMeasured
from outcomes.errors import Refused
from outcomes.payment.evidence import Evidence
from outcomes.payment.pricing import price
from tests.unit.payment.build import (
    AS_OF,
    EARNINGS,
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
from tests.unit.payment.test_features import CALENDAR, A, B, card, changed, counted, gathered, held, of_kind, variation

F = Fraction
PER = PerPrice(per=q(1), amount=F(10))
FIX = FixedPrice(amount=F(10))
LOW_END = Condition(low_end_above=q(2), at=F(9, 10))


def refused(paying: Any, found: Any) -> tuple[str, str, str, str]:
    """Code, place, words and advice of the one problem."""
    with pytest.raises(Refused) as caught:
        price(paying, found, AS_OF, draws=5)
    (problem,) = caught.value.problems
    return problem.code, problem.where, problem.message, problem.hint


def test_a_condition_on_what_was_not_measured() -> None:
    paying = contract(clause(only_if=Condition(measure=EARNINGS, more_than=q(0, "")), pay=PER))
    code, where, words, advice = refused(paying, known(estimate("0.5", "0.6")))
    assert (code, where, advice) == ("evidence-missing", "one", "Add its evaluation plan.")
    assert words.startswith("a condition of clause one looks at ") and "earnings" in words


def test_a_threshold_by_people_without_people() -> None:
    table = Condition(by_people=(PeopleThreshold(from_=50, at_least=q(9)),))
    assert refused(contract(clause(only_if=table, pay=PER)), known(estimate("0.5", "0.6", people=None))) == (
        "people-unknown",
        "one",
        "a threshold of clause one depends on how many people there are, which is not known.",
        "Give people:.",
    )


def test_a_variance_that_was_not_measured_is_refused_with_its_reason() -> None:
    paying = contract(clause(only_if=LOW_END, pay=PER))
    code, where, words, advice = refused(paying, known(estimate("0.5", "0.6")))
    assert (code, where, advice) == ("variance-not-measured", "one", "Pay on the point, or measure the variance.")
    assert words == "payment under clause one rests on a variance that cannot be measured: nothing was measured."
    lost = estimate("0.5", "0.6", 0.02, standard_error=None)
    assert refused(paying, known(lost))[2].endswith("measured: no standard error was given.")


def test_a_standard_error_beside_a_law_that_has_none() -> None:
    found = known(estimate("0.5", "0.6", 0.02))
    assert found.law is not None
    paying = contract(clause(only_if=LOW_END, pay=PER))
    flat = replace(found.law, covariance=np.zeros((2, 2)))
    zero = "clause one rests on a sampling error, and the one measured is zero."
    advice = "Check the data behind the effect."
    assert refused(paying, Evidence(found.effects, flat)) == ("variance-not-measured", "one", zero, advice)
    code, _, words, _ = refused(paying, Evidence(found.effects, None))
    assert (code, words) == ("variance-not-measured", "there is no joint law to take a variance from.")
    error = known(estimate("0.5", "0.6", 0.02, standard_error=F(0)))
    assert refused(paying, error) == ("variance-not-measured", "one", zero, advice)


def test_a_variance_of_another_metric_is_missed_by_the_clause_that_asks() -> None:
    gate = Condition(measure=EARNINGS, tested="better", at=F(95, 100), sides="two")
    found = known(estimate("0.5", "0.6", 0.02), estimate("110", "100", metric="earnings"))
    code, where, words, _ = refused(contract(clause(only_if=gate, pay=PER)), found)
    assert (code, where) == ("variance-not-measured", "one")
    assert words.startswith("payment under clause one rests on a variance that cannot be measured")


def test_a_sampling_only_variance_cannot_show_significance() -> None:
    found = known(estimate("0.5", "0.6", 0.02, kind="sampling_only"))
    code, where, words, _ = refused(contract(clause(only_if=LOW_END, pay=PER)), found)
    assert (code, where) == ("variance-sampling-only", "one")
    assert words == "clause one asks for significance, and a sampling-only variance cannot show it."


def test_a_count_has_no_sampling_error() -> None:
    code, where, words, _ = refused(contract(claims_clause(only_if=LOW_END, pay=EachPrice(each=F(1)))), known(count(3)))
    assert (code, where) == ("no-sampling-error", "claims")
    assert words == "clause claims rests on a statistical test, and what it counts has no sampling error."


def test_a_quantity_that_is_not_finite() -> None:
    found = known(estimate("0.5", "0.6", 0.02))
    assert found.law is not None
    broken = replace(found.law, covariance=np.full((2, 2), np.nan))
    assert refused(contract(clause(pay=PER)), Evidence(found.effects, broken)) == (
        "not-finite",
        "one",
        "a quantity of clause one is not finite in some draws: a cap would hide it.",
        "Check the counterfactual level: it may be near zero.",
    )


def test_rules_of_composition_that_leave_nothing_of_one_another() -> None:
    rules = (Composition(share=F(1, 4), from_="a"), Composition(share=F(1, 4), from_="north"))
    paying = card(A, B, composition=rules)
    found = known(count(8, line="a", segment="north"), count(8, line="a"), count(8, line="b", segment="north"))
    assert refused(paying, found) == (
        "composition",
        "limits.composition",
        "the limits on composition cut one another down until next to nothing is left.",
        "Put up a share, or drop a rule.",
    )


def test_people_of_an_index_or_of_claims() -> None:
    words = "the clause multiplies by people, and an index of several metrics has no one number of them."
    parts = (IndexPart(metric="rate", weight=F(1)),)
    index = changed(
        contract(clause(measure=replace(POINTS, improvement_in="both"), pay=replace(PER, times="people"))),
        metrics=METRICS | {"both": MetricTerms(kind="index", better="higher", parts=parts)},
    )
    found = known(estimate("0.5", "0.6"))
    assert refused(index, found) == ("people-unknown", TOGETHER, words, "Leave times: out.")


def test_a_clause_by_people_without_people() -> None:
    paying = contract(clause(pay=replace(PER, times="people")))
    code, _, words, advice = refused(paying, known(estimate("0.5", "0.6", people=None)))
    assert (code, advice) == ("people-unknown", "Give people:.")
    assert words == "the clause multiplies by people, and the result does not say how many there are."


def test_a_cohort_without_a_price_of_its_own() -> None:
    pay = EachPrice(each={"y1": F(4), "y3": F(5)}, by="cohort")
    paying = contract(of_kind({"people": "joined"}, pay, for_each="cohort"), cohorts=("y1", "y2"))
    assert refused(paying, gathered(counted("3", cohort="y2"))) == (
        "cohort-without-price",
        "small",
        "the contract states no price for y2; it has y1, y3.",
        "Add the cohort to the table.",
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"pay": StepPrice(steps=(Step(from_=q(1, ""), amount=F(5)),))},
        {"pay": TierPrice(tiers=(Tier(each=F(5)),))},
        {"pay": FixedPrice(amount=F(0))},
        {"when": (WhenRow(at_least=q(0, ""), pay=FIX), WhenRow(otherwise="nothing"))},
    ],
)
def test_a_variation_of_a_clause_without_one_price(parts: dict[str, Any]) -> None:
    change = variation("cohorts starting from", date(2024, 1, 1), prices={"claims": F(7)})
    paying = changed(contract(claims_clause(for_each="cohort", **parts)), cohorts=CALENDAR, variations=(change,))
    assert refused(paying, known(count(1, cohort="2024-Q1"))) == (
        "variation",
        "claims",
        "a variation changes the price of clause claims, which has no single price to change.",
        "Price by cohort instead.",
    )


def test_a_claim_that_the_rate_card_does_not_price() -> None:
    north = replace(A, segment="north")
    assert refused(card(north), known(count(1, line="a", segment="south"))) == (
        "segment-unpriced",
        "claims",
        "the rate card of clause claims has no price of a for south.",
        "Add the line, or correct the segment.",
    )


def test_a_limit_for_each_person_without_what_each_person_has() -> None:
    problem = (
        "profiles-missing",
        "claims",
        "clause claims limits what one person can earn, and the evidence does not say what each has.",
        "Give the claims, or profiles: in a case.",
    )
    paying = card(A, per_person=F(250))
    assert refused(paying, known(count(3, line="a"))) == problem
    other = replace(held(3, a=1), clause="other")
    assert refused(paying, gathered(count(3, line="a"), other)) == problem


def test_a_limit_for_each_person_on_people_that_are_no_claims() -> None:
    paying = contract(of_kind({"people": "joined"}, EachPrice(each=F(5)), limits=ClauseLimits(per_person=F(9))))
    assert refused(paying, gathered(counted("3")))[:2] == ("profiles-missing", "one")


def test_the_claims_of_another_clause_count_for_no_persons_limit() -> None:
    found = gathered(count(3, line="a"), held(3, a=1), ClaimProfile("other", TOGETHER, "everyone", 9, (("a", "", 5),)))
    assert price(card(A, per_person=F(250)), found, AS_OF).due == 300


def test_a_limit_for_each_person_needs_one_price_for_one_claim() -> None:
    tiers = TierPrice(tiers=(Tier(each=F(5)),))
    paying = contract(claims_clause(pay=tiers, limits=ClauseLimits(per_person=F(9))))
    assert refused(paying, gathered(count(3, line="a"), held(3, a=1))) == (
        "per-person-price",
        "claims",
        "clause claims limits what one person can earn, and has no single price for one claim.",
        "Price by each: or a rate card.",
    )


def gain(unit: Any) -> MeasureTerms:
    return replace(POINTS, in_=unit)


@pytest.mark.parametrize(
    ("measure", "more", "code", "words", "advice"),
    [
        (gain("percent"), {"known": "difference"}, "levels-unknown",
         "only a change in points was published for {}; the clause needs percent.", "Give both levels."),
        (gain("percentage points"), {"known": "relative"}, "levels-unknown",
         "only a relative change was published for {}; the clause needs percentage points.", "Give both levels."),
        (MeasureTerms(additional="rate", against="plan"), {"known": "relative"}, "levels-unknown",
         "only a relative change was published for {}; the clause needs the number of outcomes.", "Give both levels."),
        (MeasureTerms(level_of="rate", against="plan", in_="percent"), {"known": "relative"}, "levels-unknown",
         "only a relative change was published for {}; the clause needs percent.", "Give both levels."),
        (gain("ratio"), {"counterfactual_level": F(0)}, "counterfactual-not-positive",
         "the level to compare with is not above zero, so a relative change does not exist.", "Use percentage points."),
        (gain("standard deviations"), {}, "spread-unknown",
         "a change in standard deviations needs the spread of the outcome, which the effect does not carry.",
         "Give spread:."),
        (gain("percentage points"), {"counterfactual_level": None}, "no-counterfactual",
         "no counterfactual was measured for {}, so there is no improvement.", "Add an evaluation plan."),
    ],
)  # fmt: skip
def test_a_quantity_that_the_evidence_cannot_give(
    measure: MeasureTerms, more: dict[str, Any], code: str, words: str, advice: str
) -> None:
    made = estimate("0.5", "0.6", **more)
    key = str(made.effect.key)
    assert refused(contract(clause(measure=measure, pay=FIX)), known(made)) == (code, key, words.format(key), advice)


@pytest.mark.parametrize("unit", ["percent", "ratio"])
def test_a_published_relative_change_pays_where_a_relative_change_is_priced(unit: Any) -> None:
    made = estimate("0.5", "0.625", known="relative")
    due = price(contract(clause(measure=gain(unit), pay=PerPrice(per=q(1, ""), amount=F(10)))), known(made), AS_OF).due
    assert due == (200 if unit == "percent" else 8)


def test_a_variance_that_nobody_measured_is_not_one() -> None:
    made = estimate("0.5", "0.6", 0.02, variance=NotMeasured("the site is alone."))
    words = refused(contract(clause(only_if=LOW_END, pay=PER)), known(made))[2]
    assert words == "payment under clause one rests on a variance that cannot be measured: the site is alone."


def test_a_variation_of_another_clause_leaves_this_one() -> None:
    change = Variation(
        dated=date(2024, 1, 1),
        applies_to="cohorts starting from",
        from_=date(2024, 1, 1),
        words="new",
        prices={"other": F(7)},
    )
    paying = changed(
        contract(claims_clause(for_each="cohort", pay=EachPrice(each=F(5)))), cohorts=CALENDAR, variations=(change,)
    )
    assert price(paying, known(count(1, cohort="2024-Q1")), AS_OF).due == 5
