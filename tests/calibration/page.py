"""The published page `docs/calibration.md`, written from `figures.json` and `page.md` beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["FIGURES", "PAGE", "TEMPLATE", "page_of", "write_page"]

HERE = Path(__file__).parent
FIGURES = HERE / "figures.json"
TEMPLATE = HERE / "page.md"
PAGE = HERE.parents[1] / "docs" / "calibration.md"
_STATES = ("pass", "warn", "fail")


def page_of(found: Mapping[str, Any], template: str) -> str:
    """The page as text."""
    grid, flags = found["grid"], found["flags"]
    tables = {
        "recommended": _grid_lines(line for line in grid if line["kind"] == "recommended"),
        "wide": _grid_lines(line for line in grid if line["kind"] == "wide"),
        "other": _grid_lines(line for line in grid if line["kind"] == "other"),
        "broken": _broken_lines(found["broken"]),
        "joint": _joint_lines(found["joint"]),
        "unseen": _unseen_lines(found["unseen"]),
        "overlap": _overlap_lines(line for line in flags if line["flag"] != "rare"),
        "rare": _rare_lines(line for line in flags if line["flag"] == "rare"),
    }
    return template.format(
        commit=found["commit"],
        worlds=found["worlds"],
        **{name: "".join(lines) for name, lines in tables.items()},
    )


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |\n"


def _heading(names: Iterable[str]) -> str:
    names = list(names)
    return _line(names) + _line("---" for _ in names).replace(" ", "")


def _per_cent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _grid_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    columns = ("world", "estimator", "people", "effect", "worlds", "none", "bias", "error")
    yield _heading((*columns, "90 %", "95 %", "draws", "payment", "more", "less", "misses"))
    for line in lines:
        yield _line(
            (
                line["world"],
                line["estimator"] + (" (one-sided)" if line["one_sided"] else ""),
                f"{line['people']:,}",
                line["effect"],
                f"{line['worlds']:,}",
                line["refused"],
                _number(line["bias"]),
                _number(line["spread"]),
                *(_per_cent(line[name]) for name in ("cover_90", "cover_95", "band", "paid", "more", "less")),
                ", ".join(dict.fromkeys(_missed(words) for words in line["missed"])),
            )
        )


def _missed(words: str) -> str:
    """The column that a sentence of `at_fault` speaks of."""
    for start, name in (
        ("95 %", "95 %"),
        ("90 % i", "90 %"),
        ("90 % r", "draws"),
        ("90 % b", "payment"),
        ("bias", "bias"),
        ("a 5 % test finds more", "more"),
        ("a 5 % test finds less", "less"),
    ):
        if words.startswith(start):
            return name
    return words


def _broken_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    yield _heading(("world", "people", "wrong", "worlds", "failed", "stopped", "promised", "area", "gap"))
    for line in lines:
        yield _line(
            (
                line["world"],
                f"{line['people']:,}",
                "yes" if line["wrong"] else "no",
                f"{line['worlds']:,}",
                *(_per_cent(line[name]) for name in ("flagged", "stopped", "promised")),
                *(_number(line[name]) for name in ("area", "gap")),
            )
        )


def _joint_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    yield _heading(("metrics", "people", "cap", "worlds", "joint", "ends added"))
    for line in lines:
        cap = "none" if line["cap"] is None else "at what is due" if line["cap"] == 1 else f"{line['cap']:.0%} of it"
        shares = (_per_cent(line[name]) for name in ("joint", "ends_added"))
        yield _line((line["metrics"], f"{line['people']:,}", cap, f"{line['worlds']:,}", *shares))


def _unseen_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    names = ("plain", "bound", "significant", "warned", "warned_significant")
    yield _heading(("world", "estimator", "people", "worlds", *names[:-1], "warned, of those significant"))
    for line in lines:
        shares = (_per_cent(line[name]) for name in names)
        yield _line((line["world"], line["estimator"], f"{line['people']:,}", f"{line['worlds']:,}", *shares))


def _overlap_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    names = ("overlap: pass", "warn", "fail", "area", "balance: pass", "warn", "fail", "area")
    yield _heading(("overlap", "people", "worlds", *names, "stopped", "stopped, adjusted"))
    for line in lines:
        yield _line(
            (
                line["level"],
                f"{line['people']:,}",
                f"{line['worlds']:,}",
                *(_per_cent(line[f"first_{state}"]) for state in _STATES),
                _number(line["overlap_area"]),
                *(_per_cent(line[f"second_{state}"]) for state in _STATES),
                _number(line["balance_area"]),
                _per_cent(line["stopped"]),
                _per_cent(line["stopped_adjusted"]),
            )
        )


def _rare_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    yield _heading(("have it", "people", "to be expected", "worlds", "pass", "warn", "fail: stops"))
    for line in lines:
        shares = (_per_cent(line[f"first_{state}"]) for state in _STATES)
        expected = f"{line['people'] * line['level']:g}"
        yield _line((f"{line['level']:.0%}", f"{line['people']:,}", expected, f"{line['worlds']:,}", *shares))


def write_page() -> None:
    """Write the page anew from the figures and the template."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    PAGE.write_text(page_of(found, TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_page()
