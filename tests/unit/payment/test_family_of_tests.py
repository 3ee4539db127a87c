"""Gates read together: Holm's steps, the gate in every draw, and the finding without a declared family."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from outcomes.contract.clauses import Condition, EvidenceShare, FixedPrice, WhenRow
from outcomes.contract.load import Contract
from outcomes.payment.evidence import Evidence, evidence
from outcomes.payment.family import family_of
from outcomes.payment.holm import holm_adjusted
from outcomes.payment.pricing import price
from outcomes.payment.rows import rows_by_clause
from outcomes.payment.scene import draw_scene
from tests.unit.payment import build
from tests.unit.payment.build import AS_OF, clause, contract, estimate, q

F = Fraction
TEST = Condition(tested="better", at=F(95, 100), sides="one")
COHORTS = ("c1", "c2", "c3", "c4", "c5")


def made(family: str | None, condition: Condition = TEST, cohorts: tuple[str, ...] = COHORTS) -> Contract:
    one = clause(only_if=condition, for_each="cohort", pay=FixedPrice(amount=F(10)))
    return contract(one, cohorts=cohorts, family_of_tests=family)


def gains(*pounds: float, error: float = 0.01) -> Evidence:
    """One effect for each cohort, by so many standard errors."""
    cohorts = zip(COHORTS, pounds, strict=False)
    return evidence(
        [estimate(F(1, 2) - F(str(round(z * error, 6))), F(1, 2), error, cohort=name) for name, z in cohorts]
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_agrees_with_statsmodels(p: list[float]) -> None:
    wanted = multipletests(p, method="holm")[1]
    assert holm_adjusted(np.array(p), len(p)) == pytest.approx(wanted)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.integers(0, 3))
def test_tests_not_measured_count_as_shown_by_none(p: list[float], waiting: int) -> None:
    wanted = multipletests([*p, *[1.0] * waiting], method="holm")[1][: len(p)]
    assert holm_adjusted(np.array(p), len(p) + waiting) == pytest.approx(wanted)


def test_a_gate_passes_alone_and_not_with_four_others() -> None:
    """z = 2 in one cohort of five: p 0.023 under 0.05 alone, 5 x 0.023 together; z = 3 passes either way."""
    for z, together in ((2.0, 0), (3.0, 10)):
        found = gains(z, 0, 0, 0, 0)
        assert price(made(None), found, AS_OF, draws=2).due == 10
        assert price(made("none"), found, AS_OF, draws=2).due == 10
        assert price(made("holm"), found, AS_OF, draws=2).due == together


def test_cohorts_still_open_count_so_that_nothing_due_goes_away() -> None:
    first = price(made("holm"), gains(2.0), AS_OF, draws=2)
    assert first.due == 0
    assert "4 of them not measured yet" in first.checks[0].sentence
    all_in = price(made("holm"), gains(2.4, 2.4, 2.4, 2.4, 2.4), AS_OF, draws=2)
    assert 5 * stats.norm.sf(2.4) < 0.05
    assert all_in.due == 50


def test_every_draw_is_tested_again() -> None:
    agreed, found = made("holm"), gains(2, 2, 2, 2, 2)
    scene = draw_scene(found, 40, 1)
    family = family_of(agreed, found, rows_by_clause(agreed, found, AS_OF), scene)
    assert family is not None and len(family) == 5
    ratios = np.column_stack(
        [(scene.counterfactual[key] - scene.treated[key]) / 0.01 for key in (e.key for e in found.effects)]
    )
    freedom = [e.variance.degrees_of_freedom for e in found.effects]  # type: ignore[union-attr]
    p = np.column_stack([stats.t.sf(ratios[:, j], freedom[j]) for j in range(5)])
    wanted = np.array([multipletests(row, method="holm")[1] for row in p])
    got = np.column_stack([family[hypothesis] for hypothesis in sorted(family)])
    assert got == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("number", "chance"), [(3, 14), (5, 23)])
def test_without_a_declared_family_the_chance_is_told(number: int, chance: int) -> None:
    agreed = made(None, cohorts=COHORTS[:number])
    (check,) = price(agreed, gains(*[0.0] * number), AS_OF, draws=2).checks
    assert check.state == "warn"
    assert f"about {chance} %" in check.sentence
    declared = price(made("none", cohorts=COHORTS[:number]), gains(*[0.0] * number), AS_OF, draws=2)
    assert declared.checks[0].state == "pass"


def test_one_gate_is_no_family() -> None:
    agreed = made(None, cohorts=("c1",))
    assert price(agreed, gains(2.0), AS_OF, draws=2).checks == ()


CONDITIONS = (
    Condition(tested="better", at=F(9, 10), sides="two"),
    Condition(low_end_above=q(1), at=F(9, 10)),
    Condition(evidence=EvidenceShare(share=F(9, 10), above=q(1))),
)


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("z", [0.5, 1.5, 2.5, 4.0])
def test_a_family_of_one_gives_the_gate_s_own_verdict(index: int, z: float) -> None:
    agreed = [made(family, CONDITIONS[index], ("c1",)) for family in (None, "holm")]
    alone, together = (price(one, gains(z), AS_OF, draws=2).due for one in agreed)
    assert alone == together


def test_a_table_that_pays_and_deducts_asks_one_question() -> None:
    """Two-sided better and worse of one effect are one test, so a cohort is one of the family."""
    rows = (
        WhenRow(tested="better", at=F(95, 100), sides="two", pay=FixedPrice(amount=F(10))),
        WhenRow(tested="worse", at=F(95, 100), sides="two", deduct=FixedPrice(amount=F(10))),
        WhenRow(otherwise="nothing"),
    )
    one = clause(when=rows, for_each="cohort")
    agreed = contract(one, cohorts=COHORTS[:2], family_of_tests="holm")
    statement = price(agreed, gains(5.0, -5.0), AS_OF, draws=2)
    assert statement.due == 0
    assert "2 tests are read together" in statement.checks[0].sentence
    assert statement.checks[0].sentence.count(": shown") == 2


def test_nothing_is_paid_for_nothing_more_often_than_the_level() -> None:
    """Five independent nulls: the chance that any gate passes is about 5 %, not 23 %."""
    p = np.random.default_rng(3).random((4000, 5))
    assert (p < 0.05).any(axis=1).mean() == pytest.approx(0.226, abs=0.02)
    assert (holm_adjusted(p, 5) < 0.05).any(axis=1).mean() == pytest.approx(0.05, abs=0.011)


@pytest.mark.parametrize("family", [None, "holm"])
def test_a_clause_on_claims_that_tests_a_measure_is_one_of_the_family(family: str | None) -> None:
    test = Condition(tested="better", at=F(95, 100), sides="one", measure=build.clause().measure)
    paying = build.claims_clause(only_if=test, pay=FixedPrice(amount=F(10)))
    known = build.known(
        *[estimate(F(1, 2) - F(4, 100), F(1, 2), 0.01, cohort=name) for name in ("c1", "c2")],
        *[build.count(3, cohort=name) for name in ("c1", "c2")],
    )
    assert price(contract(paying, cohorts=("c1", "c2"), family_of_tests=family), known, AS_OF, draws=2).due > 0
