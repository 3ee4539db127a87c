"""A small cell of every kind of world: a smoke test of the bench, not the published table (`docs/calibration.md`)."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from outcomes.contract.plan import EvaluationPlan
from outcomes.foresight import worlds
from tests.calibration.bench import Cell, at_fault, estimate_in, priced, run_cell, run_rows
from tests.calibration.cells import all_cells, plans
from tests.calibration.unseen import UnseenCell, unseen_cells, unseen_rows, unseen_summary
from tests.soundness import assert_sound

CELLS = [cell for cell in all_cells() if cell.recommended]
SMALL = [cell for cell in CELLS if cell.people == 50 and "poor" not in cell.world and cell.effect != "doubled"]
HELD = [cell for cell in CELLS if cell.people == 250 and "poor" not in cell.world]
"""Poor overlap at this size is known to miss: the page says where."""
NAMED = [cell for cell in unseen_cells() if cell.people == 250 and cell.strength is not None]


def _name(cell: Cell | UnseenCell) -> str:
    return f"{cell.world}, {cell.estimator}"


@pytest.mark.parametrize("cell", SMALL, ids=_name)
def test_a_small_cell_meets_its_targets(cell: Cell) -> None:
    assert at_fault(run_cell(cell, 100), cell.conservative) == []


@pytest.mark.slow
@pytest.mark.parametrize("cell", HELD, ids=_name)
def test_a_cell_meets_its_targets(cell: Cell) -> None:
    outcome = run_cell(cell, 1_000, first=1_000_000)
    assert at_fault(outcome, cell.conservative) == []
    assert outcome.refused <= 10


@pytest.mark.parametrize(
    "cell", [cell for cell in all_cells() if cell.estimator == "with those never served"][:2], ids=_name
)
def test_to_compare_with_those_never_served_is_seen_to_be_wrong(cell: Cell) -> None:
    """Immortal time: a programme that does nothing seems to prevent the event."""
    outcome = run_cell(cell, 60)
    assert outcome.bias < -2
    assert outcome.cover_95 < 0.6
    assert at_fault(outcome)


@pytest.mark.parametrize("cell", NAMED, ids=_name)
def test_the_bound_at_the_true_strength_holds_the_truth(cell: UnseenCell) -> None:
    found = unseen_summary(unseen_rows(cell, 60))
    assert found["bound"] >= 0.95 - 3 * (0.95 * 0.05 / 60) ** 0.5
    assert found["plain"] < found["bound"]


@pytest.mark.parametrize("plan", plans().values(), ids=plans())
def test_an_effect_moves_the_estimate_and_nothing_else(plan: EvaluationPlan) -> None:
    """So one effect stands for all where the outcome is continuous."""
    nothing, something = (estimate_in(worlds.chosen(80, effect, 5, "medium"), plan) for effect in (0.0, 3.0))
    assert nothing is not None and something is not None
    assert_sound(something.estimate)
    assert something.difference - 3.0 == pytest.approx(nothing.difference, abs=1e-9)
    assert something.error == pytest.approx(nothing.error, rel=1e-9)


def test_a_contract_pays_for_nothing_just_where_the_bench_counts_it() -> None:
    """The test of a clause and the bench's column `more` are one and the same."""
    paid, plan = 0, CELLS[0].plan
    for seed in range(60):
        run = estimate_in(worlds.drawn_by_lot(12, 0.0, seed), plan)
        assert run is not None
        rows = run_rows(Cell("", 12, "", "", partial(worlds.drawn_by_lot, 12, 0.0), plan), 1, first=seed)
        due = priced(run).clauses[1].due > 0
        assert due == (rows[0, 6] == 1.0)
        paid += due
    assert 0 < paid < 12


def test_no_effect_is_found_in_the_worlds_where_there_is_none() -> None:
    truths = {cell.world: cell.draw(1).truth for cell in all_cells() if cell.effect == "none"}
    assert np.allclose(list(truths.values()), 0.0)
