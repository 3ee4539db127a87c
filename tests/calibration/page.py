"""The published page `docs/calibration.md`, written from `figures.json` and `findings.md` beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["FIGURES", "PAGE", "page_of", "write_page"]

HERE = Path(__file__).parent
FIGURES = HERE / "figures.json"
FINDINGS = HERE / "findings.md"
PAGE = HERE.parents[1] / "docs" / "calibration.md"

_HEAD = """# Calibration: how often the ranges are right

In made-up worlds the true effect is known, so it can be counted how often a range holds it, and how often a programme
that does nothing would be paid. Nothing here is data.

Written by `python -m tests.calibration.publish --worlds {worlds}` at commit `{commit}`; seeds 0, 1, 2, ... in every
cell. Cells that take long have fewer worlds: the column says how many. With 2,000 worlds a share of 95 % is known to
within 1.0 point (two Monte Carlo errors), with 300 to within 2.5.

"""
_COLUMNS = """
## What the columns mean

| column | meaning | target |
|---|---|---|
| people | in the programme; three or four times as many to compare with (two where drawn by lot) | |
| effect | of the programme; "any" where an effect of any size gives the same figures | |
| worlds, none | worlds made; how many gave no estimate, or none with a measured error | |
| bias | mean error of the estimate, in standard errors | under 0.1 |
| error | the standard error that was reported over the one that was seen | 0.95 to 1.10 |
| 90 %, 95 % | how often the interval held the true effect | 88.5 to 91.5, 94 to 96 |
| draws | how often the 90 % range of the draws behind every band did | 88.5 to 91.5 |
| payment | how often the 90 % band of a payment (so much for each unit of effect) held what is due at the true effect | 88.5 to 91.5 |
| more, less | how often a one-sided 5 % test found more, or less, than is true: the chance that a gate pays for nothing, where more, or less, is better | 6 at most |
| misses | targets missed by more than two Monte Carlo errors | |

Some estimators cover more often than they say by construction: their error counts differences in the covariates that
matching or balancing has already taken out, or their outcome is so rare that an exact level does not exist. They are
held to the targets from below only, and marked "one-sided".

The worlds: **D1** drawn by lot. **D2** who is served depends on four covariates that drive the outcome, all of them
known; the score tells the groups apart with an area under the curve of 0.65 (good overlap), 0.80 (medium), 0.92 (poor).
**D9** a yes-or-no outcome that 1, 2 or 5 % have. **D10** counts over unequal time at risk, more uneven than Poisson.
**D11** something unseen drives both. **D14** people wait, are served one by one if the event has not come first, and the
programme does nothing.
"""


def page_of(found: Mapping[str, Any], findings: str) -> str:
    """The page as text."""
    parts = [_HEAD.format(**found), findings.strip(), "\n", _COLUMNS]
    grid = found["grid"]
    for title, kinds in (
        ("What each design recommends", ("recommended",)),
        ("Wide by construction: held from below only", ("wide",)),
        ("Others, for comparison", ("other",)),
    ):
        parts.append(f"\n## {title}\n\n")
        parts.extend(_grid_lines(line for line in grid if line["kind"] in kinds))
    parts.append("\n## Hidden bias (D11)\n\n")
    parts.append(_UNSEEN)
    parts.extend(_unseen_lines(found["unseen"]))
    parts.append("\n## The flags\n\n")
    parts.append(_FLAGS)
    parts.extend(_flag_lines(found["flags"]))
    return "".join(parts)


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


_UNSEEN = """"Plain" is how often the 90 % interval holds the truth as if nothing were unseen. "Bound" is how often the same interval
does with the range of an unseen factor of the true strength put around it: at least 95 %, since the factor pulls one way
only. "Significant": the 90 % interval leaves out zero. "Warned": the check `hidden-bias` is a warning.

"""
_FLAGS = """`overlap` passes where nobody in the programme has a score outside the comparison group's range, and fails where more than
5 % do; it stops no payment. `balance` is that of pairs without adjustment; "stopped" says in how many worlds it stops
payment on these pairs, and on the same pairs adjusted by regression. "Area" is the area under the ROC curve of the
flag's number against worlds of good overlap and the same size: 0.5 tells nothing, 1 tells all.

"""


def _unseen_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    names = ("plain", "bound", "significant", "warned", "warned_significant")
    yield _heading(("world", "estimator", "people", "worlds", *names[:-1], "warned, of those significant"))
    for line in lines:
        shares = (_per_cent(line[name]) for name in names)
        yield _line((line["world"], line["estimator"], f"{line['people']:,}", f"{line['worlds']:,}", *shares))


def _flag_lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    found = list(lines)
    states = ("pass", "warn", "fail")
    names = ("overlap: pass", "warn", "fail", "area", "balance: pass", "warn", "fail", "area")
    yield _heading(("overlap", "people", "worlds", *names, "stopped", "stopped, adjusted"))
    for line in (line for line in found if line["flag"] != "rare"):
        yield _line(
            (
                line["level"],
                f"{line['people']:,}",
                f"{line['worlds']:,}",
                *(_per_cent(line[f"first_{state}"]) for state in states),
                _number(line["overlap_area"]),
                *(_per_cent(line[f"second_{state}"]) for state in states),
                _number(line["balance_area"]),
                _per_cent(line["stopped"]),
                _per_cent(line["stopped_adjusted"]),
            )
        )
    yield (
        "\n`sparse-outcome` counts the rarer answer in each group; of an adjusted estimate it stops payment under 5 and "
        "warns\nunder 10. It should be up where fewer than 10 are to be expected.\n\n"
    )
    yield _heading(("have it", "people", "to be expected", "worlds", "pass", "warn", "fail: stops"))
    for line in (line for line in found if line["flag"] == "rare"):
        shares = (_per_cent(line[f"first_{state}"]) for state in states)
        expected = f"{line['people'] * line['level']:g}"
        yield _line((f"{line['level']:.0%}", f"{line['people']:,}", expected, f"{line['worlds']:,}", *shares))


def write_page() -> None:
    """Write the page anew from the figures and the findings."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    PAGE.write_text(page_of(found, FINDINGS.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_page()
