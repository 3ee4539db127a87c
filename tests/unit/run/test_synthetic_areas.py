"""Areas from files to a payment: synthetic control, synthetic difference-in-differences, refusals, the seal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import outcomes as oc
from outcomes.errors import InputError, IntegrityError, Refused
from outcomes.run.evaluate import run
from outcomes.run.measuring import measure_effects
from outcomes.run.objects import Run
from outcomes.run.sealing import seal_comparisons
from tests.people_files import deliver, load, run_files, write

YEARS = tuple(str(year) for year in range(2008, 2020))
START = "2016"
RANDOM = np.random.Generator(np.random.PCG64(7))
COMMON = np.cumsum(RANDOM.normal(size=(12, 2)), axis=0)
LOAD = np.column_stack([RANDOM.uniform(0, 1, (2, 24)), np.full((2, 1), 0.5)])
RATE = 40 + COMMON @ LOAD + 0.2 * RANDOM.normal(size=(12, 25))
RATE[8:, 24] -= 4
TERMS = f"{{method: synthetic control, periods: [{', '.join(map(repr, YEARS))}], start: '{START}'}}"
AREAS: dict[str, str | None] = {
    "design": "synthetic",
    "comparison": "{who: areas without the programme}",
    "synthetic": TERMS,
    "inference": "{kind: placebo-areas}",
    "covariates": None,
    "match": None,
    "adjust": None,
}
DATA = """\
extracted: 2023-12-31
dates: year-month-day
tables:
  people:
    files: [people.csv]
    columns: {person: id, group: arm}
    groups: {programme: [served], comparison: [other]}
  measures: {files: [measures.csv], columns: {person: id, measure: what, period: year, value: amount}}
"""


def files(folder: Path, skip: tuple[tuple[int, int], ...] = (), turn: bool = False, donors: int = 24) -> Path:
    chosen = [*range(donors), 24]
    people = [f"{_name(j)},{'served' if j == 24 else 'other'}" for j in chosen]
    rows = [
        f"{_name(j)},crimes,{year},{RATE[t, j]:.4f}"
        for j in chosen
        for t, year in enumerate(YEARS)
        if (j, t) not in skip
    ]
    order = slice(None, None, -1 if turn else 1)
    texts = {
        "people.csv": "\n".join(["id,arm", *people[order], ""]),
        "measures.csv": "\n".join(["id,what,year,amount", *rows[order], ""]),
    }
    return deliver(folder, "", DATA, **texts)


def _name(j: int) -> str:
    return "Northtown" if j == 24 else f"Area {j:02d}"


def ran(folder: Path, terms: str = TERMS, **more: str) -> Run:
    plan = {**AREAS, "synthetic": terms}
    return run_files(write(folder / "contract", plan, "crimes", **more), files(folder / "data"))


def test_a_run_on_areas_pays_with_its_findings(tmp_path: Path) -> None:
    made = ran(tmp_path)
    (effect,) = made.effects
    assert float(effect.difference or 0) == pytest.approx(-4, abs=0.5)
    assert effect.standard_error is not None
    assert effect.estimand == "the average effect on the 1 area in the programme, from 2016 on"
    names = {check.name for check in made.checks}
    wanted = {"fit-before", "one-donor", "donors-range", "leave-one-out", "earlier-start", "placebo-areas"}
    assert wanted <= names
    assert "Area 0" in " ".join(effect.method)  # donors by their names
    assert made.statement.total.due.amount > 0


def test_synthetic_difference_in_differences_pays(tmp_path: Path) -> None:
    terms = TERMS.replace("synthetic control", "synthetic difference-in-differences").replace("}", ", placebos: 60}")
    (effect,) = ran(tmp_path, terms).effects
    assert float(effect.difference or 0) == pytest.approx(-4, abs=1)
    assert any("Periods before the start and their weights" in line for line in effect.method)


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    contract = write(tmp_path / "contract", AREAS, "crimes")
    first, second = (run_files(contract, files(tmp_path / str(turn), turn=turn)) for turn in (False, True))
    assert first.effects == second.effects


def test_the_public_steps_give_the_same_effect(tmp_path: Path) -> None:
    contract, records = load(write(tmp_path / "contract", AREAS, "crimes"), files(tmp_path / "data"))
    plan = contract.evaluation["plan"]
    cohort = oc.select_cohort(contract, records, plan)
    outcomes = oc.observe(contract, records, cohort, "crimes", plan)
    estimate = oc.estimate(oc.match(cohort, plan), outcomes, plan)
    (effect,) = run(contract, records, draws=50).effects
    assert estimate.effect.difference == effect.difference
    assert "Donors and their weights: Area" in estimate.summary()


def test_a_sealed_comparison_of_areas(tmp_path: Path) -> None:
    contract, records = load(write(tmp_path / "contract", AREAS, "crimes"), files(tmp_path / "data"))
    sealed = seal_comparisons(contract, records, lambda step: None)
    seals = {record.plan: record.seal for record in sealed.plans if record.seal}
    assert measure_effects(contract, records, seals=seals).estimates
    fewer = load(tmp_path / "contract", files(tmp_path / "fewer", donors=20))[1]
    with pytest.raises(IntegrityError, match="not one that was sealed"):
        measure_effects(contract, fewer, seals=seals)


def test_significance_is_refused_with_few_donors_and_given_with_many(tmp_path: Path) -> None:
    tested = {"    pay: {per": "    only_if: {tested: better, at: 90 %, sides: two}\n    pay: {per"}
    contract = write(tmp_path / "contract", AREAS, "crimes", **tested)
    made = run_files(contract, files(tmp_path / "many"))
    assert made.statement.total.due.amount > 0
    with pytest.raises(Refused, match="12 donor areas are too few"):
        run_files(contract, files(tmp_path / "few", donors=12))


def test_a_price_for_each_person_is_refused_for_areas(tmp_path: Path) -> None:
    contract = write(tmp_path / "contract", {**AREAS, "metrics": "[pay]"}, "pay")
    data = files(tmp_path / "data")
    text = (data / "measures.csv").read_text("utf-8").replace(",crimes,", ",pay,")
    (data / "measures.csv").write_text(text, "utf-8")
    with pytest.raises(Refused, match="how many there are"):
        run_files(contract, data)


def test_gaps_of_areas(tmp_path: Path) -> None:
    contract = write(tmp_path / "contract", AREAS, "crimes")
    made = run_files(contract, files(tmp_path / "donor", skip=((3, 2),)))
    assert any(check.name == "areas-incomplete" and "Area 03" in check.sentence for check in made.checks)
    with pytest.raises(Refused, match="lacks crimes in some period: Northtown"):
        run_files(contract, files(tmp_path / "served", skip=((24, 2),)))


def test_a_plan_without_terms_is_measured_elsewhere(tmp_path: Path) -> None:
    contract = write(tmp_path / "contract", {**AREAS, "synthetic": None, "inference": None}, "crimes")
    with pytest.raises(Refused, match="not measured from data here"):
        run_files(contract, files(tmp_path / "data"))


def test_a_rate_that_cannot_be_is_refused_by_its_line(tmp_path: Path) -> None:
    data = files(tmp_path / "data")
    text = (data / "measures.csv").read_text("utf-8").replace("Area 00,crimes,2008,", "Area 00,crimes,2008,-", 1)
    (data / "measures.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"measures.csv:2 value.*cannot be negative"):
        run_files(write(tmp_path / "contract", AREAS, "crimes"), data)
