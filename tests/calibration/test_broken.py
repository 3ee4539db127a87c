"""Broken assumptions are seen as often as promised, and sound worlds are left alone: a small cell of each."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.calibration.bench import at_fault, run_cell
from tests.calibration.broken import BrokenCell, broken_cells, broken_rows, broken_summary
from tests.calibration.panel_cells import panel_cells
from tests.calibration.several import JointCell, joint_rows, joint_summary

CELLS = {(cell.world, cell.people): cell for cell in broken_cells()}
WORLDS = 30
SURELY = [
    ("D3 referred at a dip, AR 0.3: trends", 250),
    ("D3 referred at a dip, AR 0.7: trends", 250),
    ("D3 referred at a dip, AR 0.3: dip", 250),
    ("D3 referred at a dip, AR 0.7: dip", 250),
    ("D5 trends apart by 0.3 SD a period", 250),
    ("D7 lost by result", 250),
    ("D8 sites, clustered t", 2),
    ("D13 20% of the comparison group served", 250),
]
SOUND = [
    ("D4 parallel trends", 50),
    ("D7 nobody lost", 250),
    ("D7 a fifth lost by chance", 250),
    ("D8 sites, clustered t", 30),
]


def share_within(share: float, bound: float, worlds: int, sign: int) -> bool:
    """Whether a share misses `bound` by no more than three Monte Carlo errors."""
    return sign * (share - bound) >= -3 * math.sqrt(max(bound * (1 - bound), 0.01) / worlds)


@pytest.mark.parametrize("name", SURELY, ids=lambda name: f"{name[0]}, {name[1]}")
def test_what_is_wrong_is_said(name: tuple[str, int]) -> None:
    found = broken_summary(broken_rows(CELLS[name], WORLDS))
    assert share_within(found["flagged"], 0.9, WORLDS, 1)


@pytest.mark.parametrize("name", SOUND, ids=lambda name: f"{name[0]}, {name[1]}")
def test_sound_worlds_are_seldom_stopped(name: tuple[str, int]) -> None:
    found = broken_summary(broken_rows(CELLS[name], WORLDS))
    assert share_within(found["stopped"], 0.07, WORLDS, -1)


@pytest.mark.parametrize("slope", [0.1, 0.3])
def test_trends_apart_are_seen_as_often_as_the_check_itself_promises(slope: float) -> None:
    cell = next(cell for cell in CELLS.values() if cell.slope == slope and cell.people == 50)
    found = broken_summary(broken_rows(cell, WORLDS))
    assert share_within(found["flagged"], found["promised"], WORLDS, 1)


def test_a_two_way_headline_of_a_staggered_programme_is_always_stopped() -> None:
    cell = CELLS["D6 staggered, one two-way effect as the headline", 250]
    found = broken_summary(broken_rows(cell, 8))
    assert found["stopped"] == 1.0
    assert found["gap"] < -2


@pytest.mark.parametrize("name", ["site-clustered t", "one two-way effect"])
def test_the_bench_catches_what_must_not_be_done(name: str) -> None:
    cell = next(cell for cell in panel_cells() if cell.estimator == name)
    assert at_fault(run_cell(cell, 40 if "two-way" in name else 200))


def test_the_joint_band_of_several_metrics_is_right_and_added_ends_are_too_wide() -> None:
    found = joint_summary(joint_rows(JointCell(5, 50, None), 120))
    assert share_within(found["joint"], 0.885, 120, 1)
    assert share_within(found["joint"], 0.915, 120, -1)
    assert found["ends_added"] > found["joint"]


@pytest.mark.slow
@pytest.mark.parametrize("cell", [cell for cell in broken_cells() if cell.people <= 250], ids=lambda cell: cell.world)
def test_every_cell_keeps_its_promise(cell: BrokenCell) -> None:
    found = broken_summary(broken_rows(replace(cell), 200, first=1_000_000))
    if cell.slope is not None and cell.wrong:
        assert share_within(found["flagged"], found["promised"], 200, 1)
    elif not cell.wrong:
        assert share_within(found["stopped"], 0.07, 200, -1)
