"""Samples of paid claims: who is drawn, what the errors say, what is recovered."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from statsmodels.stats.proportion import proportion_confint

from outcomes.claims.error_rate import CheckedStratum, estimate_rate
from outcomes.claims.recovery import evidence_check
from outcomes.claims.sample import draw_sample
from outcomes.contract.terms import EvidenceChecks
from outcomes.errors import InputError
from outcomes.report.evidence_words import check_sentences
from tests.unit.claims.sampling import answered, held, reboot, register

COUNTS = {"start": 100, "job": 40, "stay": 1}
NINETY = Fraction(9, 10)
ENDLESS = 10**12


def one_stratum(checked: int, wrong: int, claims: int) -> CheckedStratum:
    errors = (Fraction(1),) * wrong + (Fraction(0),) * (checked - wrong)
    return CheckedStratum(claims, Fraction(claims), (Fraction(1),) * checked, errors)


@pytest.mark.parametrize(("wrong", "checked"), [(0, 30), (1, 60), (3, 60), (30, 60), (60, 60)])
def test_without_strata_it_is_clopper_pearson(wrong: int, checked: int) -> None:
    found = estimate_rate([one_stratum(checked, wrong, ENDLESS)], NINETY)
    low, high = proportion_confint(wrong, checked, alpha=0.1, method="beta")
    assert float(found.low) == pytest.approx(low, abs=1e-8)
    assert float(found.high) == pytest.approx(high, abs=1e-8)


def test_one_sided_ends_are_those_of_a_two_sided_interval_of_less_confidence() -> None:
    stratum = one_stratum(60, 3, ENDLESS)
    assert estimate_rate([stratum], NINETY, "one").low == estimate_rate([stratum], Fraction(8, 10)).low


def test_no_error_found_leaves_a_range_unless_all_were_checked() -> None:
    some = estimate_rate([one_stratum(60, 0, 1240)], NINETY)
    assert some.low == some.rate == 0 and float(some.high) > 0.04
    everything = estimate_rate([one_stratum(60, 0, 60)], NINETY)
    assert everything.low == everything.high == 0


def test_errors_only_where_everything_was_checked_leave_a_range() -> None:
    strata = [one_stratum(10, 5, 10), one_stratum(20, 0, 400)]
    found = estimate_rate(strata, NINETY)
    assert found.low < found.high
    assert found.low >= Fraction(5, 410)


def test_rare_errors_in_a_half_checked_population_are_not_promised_away() -> None:
    """Four errors among 100 escape a half check with a chance of 5.9 %: they cannot be excluded at 95 %."""
    assert estimate_rate([one_stratum(50, 0, 100)], NINETY).high > Fraction(4, 100)


def test_small_strata_are_drawn_twice_where_they_can() -> None:
    sample = draw_sample(reboot(), register(COUNTS), 20, 7)
    assert {s.line: len(s.drawn) for s in sample.strata} == {"job": 5, "start": 14, "stay": 1}


@pytest.mark.parametrize(("size", "code"), [(2, "sample-too-small"), (142, "sample-too-large")])
def test_a_size_that_cannot_be(size: int, code: str) -> None:
    with pytest.raises(InputError, match=code):
        draw_sample(reboot(), register(COUNTS), size, 7)


def test_no_claim_is_stood_for_twice() -> None:
    known = register(COUNTS)
    first = draw_sample(reboot(), known, 20, 7)
    with pytest.raises(InputError, match="one sample only"):
        draw_sample(reboot(), replace(known, samples=(first,)), 20, 8)


def test_a_period_that_no_delivery_is_called() -> None:
    with pytest.raises(InputError, match="Deliveries here: 2026-Q3"):
        draw_sample(reboot(), register(COUNTS), 20, 7, "2026-Q4")


def test_a_rule_recovers_more_the_further_it_goes_and_never_twice() -> None:
    sample = draw_sample(reboot(), register({"job": 100}), 20, 7)
    wrong = {sample.drawn[0].claim_id: Decimal(0), sample.drawn[1].claim_id: Decimal(250)}
    got = {
        rule: evidence_check(reboot(EvidenceChecks(recover=rule)).terms, answered(sample, wrong), held(sample)).recovery
        for rule in ("only errors found", "lower end", "point")
    }
    assert got["only errors found"] == Decimal(750)
    assert got["point"] == Decimal(3750)  # 750 of 10,000 pounds checked, 50,000 paid
    assert Decimal(750) <= got["lower end"] < Decimal(3750)


def test_without_a_rule_nothing_is_recovered_and_it_says_so() -> None:
    sample = answered(draw_sample(reboot(), register({"job": 100}), 20, 7), {})
    check = evidence_check(reboot().terms, sample, held(sample))
    assert check.recovery == 0 and check.rule is None
    assert "no rule" in check_sentences(check, "GBP")[-1]


def test_a_claim_that_was_found_wrong_and_is_rejected_later_comes_back_once() -> None:
    sample = draw_sample(reboot(), register({"job": 100}), 20, 7)
    wrong = sample.drawn[0].claim_id
    terms = reboot(EvidenceChecks(recover="only errors found")).terms
    after = {claim: amount for claim, amount in held(sample).items() if claim != wrong}
    check = evidence_check(terms, answered(sample, {wrong: Decimal(0)}), after)
    assert check.recovery == check.found == 0 and check.lost == 500


def test_the_words_name_the_counts_the_ranges_and_the_rule() -> None:
    sample = draw_sample(reboot(), register({"job": 1240}), 60, 7)
    wrong = {one.claim_id: Decimal(0) for one in sample.drawn[:3]}
    terms = reboot(EvidenceChecks(recover="lower end", clause="Sch 5 para 2")).terms
    text = " ".join(check_sentences(evidence_check(terms, answered(sample, wrong), held(sample)), "GBP"))
    assert "60 of 1,240 claims were checked; 3 had no evidence" in text
    assert "estimated 5 % are in error, and with 90 % confidence between 1.4 % and 12.3 %" in text
    assert "lower end of this range (Sch 5 para 2): 1.4 % of £620,000.00, £8,720.65" in text
