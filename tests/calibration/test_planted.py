"""The bench catches what it is there to catch: each mistake beside the honest way, in the same worlds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest

from outcomes.foresight import worlds
from tests.calibration.bench import HONEST, Cell, Rule, at_fault, plan_of, run_cell
from tests.calibration.planted import ALIKE, NINETY_FIVE, NORMAL, ONE_BY_ONE, RAW, SET_CLUSTERS, alike

_LOT = plan_of("experiment", covariates=())
_AGAIN = plan_of("matching", match={"replace": True, "sets": 10}, adjust="bias_corrected")


@dataclass(frozen=True, slots=True)
class Planted:
    """A cell, the same with the mistake, and what the bench must say of it."""

    cell: Cell
    wrong: Cell
    rule: Rule
    count: int
    says: str


def _planted() -> Iterator[tuple[str, Planted]]:
    pairs = Cell("pairs", 60, "any", "pairs", partial(alike, 60), ALIKE)
    yield "no pair clustering", Planted(pairs, replace(pairs, plan=ONE_BY_ONE), HONEST, 150, "90 % interval")
    few = Cell("by lot", 3, "any", "difference", partial(worlds.drawn_by_lot, 3, 1.0, compared=1), _LOT)
    yield "z for t", Planted(few, few, NORMAL, 500, "95 % interval")
    lot = Cell("by lot", 25, "any", "difference", partial(worlds.drawn_by_lot, 25, 1.0, compared=1), _LOT)
    yield "95 for 90", Planted(lot, lot, NINETY_FIVE, 2_200, "90 % interval")
    again = Cell("chosen", 80, "any", "with replacement", partial(worlds.chosen, 80, 1.0, overlap="medium"), _AGAIN)
    yield "subclass clusters with replacement", Planted(again, again, SET_CLUSTERS, 200, "90 % interval")
    small = Cell("pairs", 4, "any", "regression", partial(alike, 4), replace(ALIKE, adjust="regression"))
    yield "raw CR0 draws", Planted(small, small, RAW, 400, "90 % range of draws")


PLANTED = list(_planted())


@pytest.mark.parametrize(("name", "planted"), PLANTED, ids=[name for name, _ in PLANTED])
def test_the_bench_catches_a_planted_mistake(name: str, planted: Planted) -> None:
    found = at_fault(run_cell(planted.wrong, planted.count, planted.rule), planted.wrong.conservative)
    assert any(planted.says in one for one in found), name


@pytest.mark.parametrize(("name", "planted"), PLANTED, ids=[name for name, _ in PLANTED])
def test_the_honest_way_passes_in_the_same_worlds(name: str, planted: Planted) -> None:
    count = min(planted.count, 200)
    found = at_fault(run_cell(planted.cell, count), planted.cell.conservative)
    assert not any(planted.says in one for one in found), name
