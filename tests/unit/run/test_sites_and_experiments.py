"""Experiments and few sites from files to a payment: what compliers are paid on, and effects on everyone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from outcomes.contract.load import load_contract
from outcomes.errors import InputError, Refused
from outcomes.payment.quantities import people_of
from outcomes.run.objects import Run
from tests.people_files import deliver, measures, run_files, write

EXPERIMENT: dict[str, str | None] = {
    "design": "experiment",
    "covariates": "[age]",
    "match": None,
    "adjust": None,
    "inference": "{kind: hc1}",
}
COMPLIERS = {**EXPERIMENT, "experiment": "{received: need, effect: compliers}"}


def drawn(n: int = 160) -> tuple[str, list[tuple[str, str, float]]]:
    """People drawn by lot, three in four of whom take it up (need: 1); pay is 40 more for those who do."""
    random = np.random.default_rng(21)
    people, rows = [], []
    for i in range(n):
        served = bool(random.random() < 0.5)
        got = int(random.random() < (0.75 if served else 0.1))
        age = random.integers(20, 50)
        people.append(f"p{i:03d},{'served' if served else 'other'},2021-01-04,2020-06-01,,{age},{got},north\n")
        rows.append((f"p{i:03d}", "pay", float(100 + age + 40 * got + random.integers(0, 30))))
    return "".join(people), rows


def ran(folder: Path, plan: dict[str, str | None], **changes: str) -> Run:
    people, rows = drawn()
    data = deliver(folder / "data", people, **{"measures.csv": measures(rows)})
    return run_files(write(folder / "contract", plan, "pay", **changes), data)


def money(made: Run) -> Fraction:
    return made.statement.clauses[0].rows[0].amount


@pytest.mark.parametrize("unmatched", [None, "at effect"])
def test_compliers_are_paid_on_compliers_alone(unmatched: str | None, tmp_path: Path) -> None:
    """Times people, the effect on compliers is worth what the effect of assignment is, to the penny."""
    plain = ran(tmp_path / "itt", {**EXPERIMENT, "unmatched": unmatched})
    made = ran(tmp_path / "late", {**COMPLIERS, "unmatched": unmatched})
    (itt,), (late,) = plain.effects, made.effects
    assert itt.difference is not None and late.difference is not None
    assert itt.complier_share is None and late.complier_share is not None
    assert 0.5 < late.complier_share < 0.9
    assert float(late.difference) > 1.1 * float(itt.difference)
    assert float(money(made)) == pytest.approx(float(money(plain)), rel=1e-9)
    row = made.statement.clauses[0].rows[0]
    assert late.n_measured is not None
    assert row.people == int(late.n_measured * late.complier_share)
    said = f"{100 * float(late.complier_share):.1f} % of"
    assert any(said in words for words in late.method)
    assert any(said in step.words for step in row.steps)


def test_additional_outcomes_and_net_are_of_compliers_too(tmp_path: Path) -> None:
    change = {"improvement_in: pay, against: plan, in: money per person": "additional: pay, against: plan",
              "{share: 50 %, times: people}": "{each: 2}"}  # fmt: skip
    plain, made = ran(tmp_path / "itt", EXPERIMENT, **change), ran(tmp_path / "late", COMPLIERS, **change)
    assert float(money(made)) == pytest.approx(float(money(plain)), rel=1e-9)
    net = [run.statement.clauses[0].net for run in (plain, made)]
    assert float(net[1].additional) == pytest.approx(float(net[0].additional), rel=1e-9)  # type: ignore[union-attr,arg-type]
    assert net[1].gross < net[0].gross  # type: ignore[union-attr]


def test_an_effect_file_without_the_share_of_compliers_is_not_paid_by_people(tmp_path: Path) -> None:
    (effect,) = ran(tmp_path, COMPLIERS).effects
    contract = load_contract(tmp_path / "contract")
    assert people_of(contract, effect) == effect.n_measured * effect.complier_share  # type: ignore[operator]
    with pytest.raises(Refused, match="how many of them are compliers"):
        people_of(contract, replace(effect, complier_share=None))


def test_the_effect_on_everyone_is_paid_for_the_programmes_people(tmp_path: Path) -> None:
    made = ran(tmp_path, {**EXPERIMENT, "adjust": "regression", "estimand": "ate"})
    (effect,) = made.effects
    assert "everyone in either group" in effect.estimand
    assert effect.n_measured == effect.n_cohort
    assert money(made) == effect.difference * effect.n_measured / 2  # type: ignore[operator]


def test_few_sites_over_several_periods_are_told_what_to_write(tmp_path: Path) -> None:
    did = "{data: panel, trend: additive, periods: ['2020', '2021'], starts_in: area, METHOD}"
    for method in ("method: group-time, compare_with: never served, aggregate: simple",
                   "method: unit and period effects"):  # fmt: skip
        plan = {**EXPERIMENT, "design": "did", "covariates": None, "did": did.replace("METHOD", method),
                "inference": "{kind: site means}"}  # fmt: skip
        with pytest.raises(InputError, match="no site means variance for few sites") as caught:
            load_contract(write(tmp_path / method[8:13], plan))
        (problem,) = caught.value.problems
        assert "method: two by two" in problem.hint
        assert "before: and after:" in problem.hint
