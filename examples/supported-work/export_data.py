"""Writes people.csv, earnings.csv and randomised.csv from the PyPI package `causaldata` (a development dependency).

Run from the repository: ``uv run python examples/supported-work/export_data.py``.
The files are in the repository; this script shows where every number comes from.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from causaldata import cps_mixtape, nsw_mixtape

HERE = Path(__file__).parent
COVARIATES = {"age": "age", "educ": "educ", "black": "black", "hisp": "hisp", "marr": "married", "nodegree": "nodegree"}


def whole(column: pd.Series) -> pd.Series:
    """Counts and flags as whole numbers."""
    return column.astype(int)


def people_of(frame: pd.DataFrame, prefix: str, group: str) -> pd.DataFrame:
    """One row per man: a made-up identifier, his group, and what was known before the start."""
    people = pd.DataFrame({"id": [f"{prefix}-{number:05d}" for number in range(1, len(frame) + 1)], "group": group})
    for source, name in COVARIATES.items():
        people[name] = whole(frame[source]).to_numpy()
    for earnings in ("re74", "re75", "re78"):
        # The survey stored single-precision numbers; written out in full nothing is lost.
        people[earnings] = [repr(float(value)).removesuffix(".0") for value in frame[earnings]]
    return people


def main() -> None:
    """Writes the three files."""
    nsw, cps = nsw_mixtape.load_pandas().data, cps_mixtape.load_pandas().data
    served = people_of(nsw[nsw["treat"] == 1], "NSW", "supported work")
    others = people_of(cps, "CPS", "current population survey")
    people = pd.concat([served, others], ignore_index=True)
    earnings = pd.DataFrame({"id": people["id"], "measure": "earnings", "year": "1978", "amount": people.pop("re78")})
    randomised = pd.DataFrame({"arm": ["control"] * int((nsw["treat"] == 0).sum())})
    randomised["re78"] = [repr(float(value)).removesuffix(".0") for value in nsw.loc[nsw["treat"] == 0, "re78"]]
    randomised.to_csv(HERE / "randomised.csv", index=False, lineterminator="\n")
    people.to_csv(HERE / "people.csv", index=False, lineterminator="\n")
    earnings.to_csv(HERE / "earnings.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
