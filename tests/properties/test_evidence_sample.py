"""Laws of evidence sampling that hold for every register, size, seed and result."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.claims.recovery import evidence_check
from outcomes.claims.sample import allocate_sample, draw_sample
from outcomes.claims.sampled import EvidenceSample
from outcomes.contract.terms import EvidenceChecks
from outcomes.run.account import _recovered
from tests.unit.claims.sampling import answered, held, reboot, register

CONTRACT = reboot()
COUNTS = st.fixed_dictionaries({"start": st.integers(1, 60), "job": st.integers(1, 30), "stay": st.integers(1, 5)})
RULES = ("only errors found", "lower end", "point")


@st.composite
def samples(draw: st.DrawFn) -> EvidenceSample:
    counts = draw(COUNTS)
    size = draw(st.integers(3, sum(counts.values())))
    return draw_sample(CONTRACT, register(counts), size, draw(st.integers(0, 99)))


@st.composite
def results(draw: st.DrawFn) -> EvidenceSample:
    sample = draw(samples())
    wrong = draw(st.lists(st.sampled_from(sample.drawn), unique_by=lambda one: one.claim_id, max_size=8))
    return answered(sample, {one.claim_id: one.amount * draw(st.integers(0, 3)) / 4 for one in wrong})


def recovered(sample: EvidenceSample, rule: str) -> Decimal:
    terms = reboot(EvidenceChecks(recover=rule)).terms  # type: ignore[arg-type]
    return evidence_check(terms, sample, held(sample)).recovery


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.data())
def test_allocation_sums_stays_within_and_lifts_small_strata(counts: list[int], data: st.DataObject) -> None:
    size = data.draw(st.integers(len(counts), sum(counts)))
    taken = allocate_sample(counts, size)
    assert sum(taken) == size
    assert all(1 <= n <= count for n, count in zip(taken, counts, strict=True))
    if size >= 2 * len(counts):
        assert all(n >= min(2, count) for n, count in zip(taken, counts, strict=True))


@given(COUNTS, st.integers(3, 8), st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_moves_the_sample(counts: dict[str, int], size: int, seed: int, random: object) -> None:
    size = min(size, sum(counts.values()))
    rows = list(register(counts).records)
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert draw_sample(CONTRACT, register(counts, rows), size, seed) == draw_sample(
        CONTRACT, register(counts), size, seed
    )


@given(samples())
def test_the_sample_has_its_size_and_every_stratum(sample: EvidenceSample) -> None:
    drawn = [one.claim_id for one in sample.drawn]
    assert len(drawn) == len(set(drawn)) == sample.size
    assert set(drawn) <= {one.claim_id for one in sample.claims}
    assert all(stratum.drawn for stratum in sample.strata)


@settings(deadline=None, max_examples=60)
@given(results())
def test_errors_found_lower_end_point_and_paid_are_in_order(sample: EvidenceSample) -> None:
    found, low, point = (recovered(sample, rule) for rule in RULES)
    assert 0 <= found <= low <= point <= sample.money
    check = evidence_check(reboot().terms, sample, held(sample))
    assert 0 <= check.by_count.low <= check.by_count.rate <= check.by_count.high <= 1
    assert check.by_money.low < check.by_money.high or sample.size == len(sample.claims)


@settings(deadline=None, max_examples=40)
@given(COUNTS, st.data())
def test_a_full_check_recovers_exactly_the_errors(counts: dict[str, int], data: st.DataObject) -> None:
    sample = draw_sample(CONTRACT, register(counts), sum(counts.values()), 1)
    wrong = data.draw(st.lists(st.sampled_from(sample.drawn), unique_by=lambda one: one.claim_id, max_size=8))
    done = answered(sample, {one.claim_id: one.amount / 4 for one in wrong})
    errors = sum((one.amount * 3 / 4 for one in wrong), Decimal(0))
    assert {recovered(done, rule) for rule in RULES} == {errors}


@settings(deadline=None, max_examples=40)
@given(results(), st.data())
def test_money_lost_in_another_way_is_not_recovered_again(sample: EvidenceSample, data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.sampled_from([one.claim_id for one in sample.claims])))
    after = {claim: amount for claim, amount in held(sample).items() if claim not in lost}
    for rule in RULES:
        terms = reboot(EvidenceChecks(recover=rule)).terms  # type: ignore[arg-type]
        check = evidence_check(terms, sample, after)
        assert 0 <= check.recovery <= sum(after.values(), Decimal(0))
        assert check.recovery <= recovered(sample, rule)


@settings(deadline=None)
@given(results(), st.lists(st.integers(-100, 10**6), min_size=1, max_size=5))
def test_the_payers_parts_sum_to_the_recovery(sample: EvidenceSample, owed: list[int]) -> None:
    terms = reboot(EvidenceChecks(recover="point")).terms
    check = evidence_check(terms, sample, held(sample))
    parts = _recovered((check,), [Decimal(amount) for amount in owed], Fraction(1, 100))
    assert sum(parts, Decimal(0)) == -check.recovery
    assert all(part <= 0 for part in parts)
