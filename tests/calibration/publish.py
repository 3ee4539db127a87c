"""Run the whole bench and keep its figures: ``python -m tests.calibration.publish --worlds 2000``.

Writes `figures.json` beside this file and `docs/calibration.md` from it.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from tests.calibration.bench import at_fault, run_rows, summary
from tests.calibration.broken import broken_cells, broken_rows, broken_summary
from tests.calibration.cells import all_cells
from tests.calibration.flags import flag_cells, flag_rows, flag_summary, separation
from tests.calibration.page import FIGURES, write_page
from tests.calibration.several import joint_cells, joint_rows, joint_summary
from tests.calibration.unseen import unseen_cells, unseen_rows, unseen_summary

STEP = 125
"""Worlds at a time, so that no cell keeps one worker alone at the end."""

Task = tuple[int, int, int]
_CELLS, _UNSEEN, _FLAGS = all_cells(), unseen_cells(), flag_cells()
_BROKEN, _JOINT = broken_cells(), joint_cells()


def cell_rows(task: Task) -> tuple[int, NDArray[np.float64]]:
    """Rows of one cell of the grid from one seed on."""
    place, first, worlds = task
    return place, run_rows(_CELLS[place], worlds, first=first)


def unseen_task(task: Task) -> tuple[int, NDArray[np.float64]]:
    """The same of hidden bias."""
    place, first, worlds = task
    with threadpool_limits(1):
        return place, unseen_rows(_UNSEEN[place], worlds, first)


def flag_task(task: Task) -> tuple[int, NDArray[np.float64]]:
    """The same of the flags."""
    place, first, worlds = task
    with threadpool_limits(1):
        return place, flag_rows(_FLAGS[place], worlds, first)


def broken_task(task: Task) -> tuple[int, NDArray[np.float64]]:
    """The same of broken assumptions."""
    place, first, worlds = task
    with threadpool_limits(1):
        return place, broken_rows(_BROKEN[place], worlds, first)


def joint_task(task: Task) -> tuple[int, NDArray[np.float64]]:
    """The same of several metrics."""
    place, first, worlds = task
    with threadpool_limits(1):
        return place, joint_rows(_JOINT[place], worlds, first)


def gather(
    work: Callable[[Task], tuple[int, NDArray[np.float64]]], sizes: list[int], processes: int
) -> list[NDArray[np.float64]]:
    """All rows of each of `sizes` cells, shared among processes; the seeds are 0, 1, 2, ... in every cell."""
    tasks = [
        (place, first, min(STEP, size - first)) for place, size in enumerate(sizes) for first in range(0, size, STEP)
    ]
    found: dict[int, list[tuple[int, NDArray[np.float64]]]] = defaultdict(list)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for place, rows in pool.imap_unordered(work, tasks):
            found[place].append((len(found[place]), rows))
    return [np.concatenate([rows for _, rows in found[place]]) for place in range(len(sizes))]


def grid(worlds: int, processes: int) -> list[dict[str, Any]]:
    """The figures of every cell."""
    sizes = [_size(worlds, cell.people, cell.share) for cell in _CELLS]
    lines = []
    for cell, rows in zip(_CELLS, gather(cell_rows, sizes, processes), strict=True):
        outcome = summary(rows)
        names = {"world": cell.world, "people": cell.people, "effect": cell.effect, "estimator": cell.estimator}
        kind = "recommended" if cell.recommended else "wide" if cell.conservative else "other"
        missed = at_fault(outcome, cell.conservative, errors=2.0)
        lines.append(
            {**names, "kind": kind, "one_sided": cell.conservative, **_short(asdict(outcome)), "missed": missed}
        )
    return lines


def unseen(worlds: int, processes: int) -> list[dict[str, Any]]:
    """The figures of hidden bias."""
    sizes = [_size(worlds, cell.people, 0.15) for cell in _UNSEEN]
    return [
        {"world": cell.world, "people": cell.people, "estimator": cell.estimator, **_short(unseen_summary(rows))}
        for cell, rows in zip(_UNSEEN, gather(unseen_task, sizes, processes), strict=True)
    ]


def flags(worlds: int, processes: int) -> list[dict[str, Any]]:
    """The figures of the flags, with the area under the ROC curve against the first level of the same size."""
    sizes = [_size(worlds, cell.people, 0.25) for cell in _FLAGS]
    found = gather(flag_task, sizes, processes)
    clean = {cell.people: rows for cell, rows in zip(_FLAGS, found, strict=True) if cell.level == "good"}
    lines = []
    for cell, rows in zip(_FLAGS, found, strict=True):
        line = {"flag": cell.flag, "people": cell.people, "level": cell.level, **flag_summary(rows)}
        if cell.flag != "rare":
            line["overlap_area"] = separation(clean[cell.people][:, 1], rows[:, 1])
            line["balance_area"] = separation(clean[cell.people][:, 3], rows[:, 3])
        lines.append(_short(line))
    return lines


def broken(worlds: int, processes: int) -> list[dict[str, Any]]:
    """The figures of broken assumptions, with the area under the ROC curve against worlds where nothing is wrong."""
    sizes = [_size(worlds, cell.people, 0.25) for cell in _BROKEN]
    found = gather(broken_task, sizes, processes)
    clean = {(cell.checks, cell.people): rows for cell, rows in zip(_BROKEN, found, strict=True) if cell.is_clean}
    lines = []
    for cell, rows in zip(_BROKEN, found, strict=True):
        line = {"world": cell.world, "people": cell.people, "wrong": int(cell.wrong), **broken_summary(rows)}
        other = clean.get((cell.checks, cell.people))
        line["area"] = float("nan") if other is None else separation(other[:, 2], rows[:, 2])
        lines.append(_short(line))
    return lines


def joint(worlds: int, processes: int) -> list[dict[str, Any]]:
    """The figures of several metrics under one cap."""
    sizes = [_size(worlds, cell.people, 2.0) for cell in _JOINT]
    return [
        {"metrics": cell.metrics, "people": cell.people, "cap": cell.cap, **_short(joint_summary(rows))}
        for cell, rows in zip(_JOINT, gather(joint_task, sizes, processes), strict=True)
    ]


def _size(worlds: int, people: int, share: float) -> int:
    """How many worlds of this size: fewer of the large ones, which take long."""
    return max(2, round(worlds * share * min(1.0, 250 / people)))


def _short(figures: dict[str, Any]) -> dict[str, Any]:
    """Rounded as published; None for what does not exist."""
    return {
        name: value if isinstance(value, int | str) else None if math.isnan(value) else round(value, 4)
        for name, value in figures.items()
    }


def commit() -> str:
    """The commit that was run."""
    return subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> None:
    """Run everything and write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    found: dict[str, Any] = {"commit": commit(), "worlds": given.worlds}
    for part in (grid, broken, joint, unseen, flags):
        found[part.__name__] = part(given.worlds, given.processes)
        FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_page()


if __name__ == "__main__":
    main()
