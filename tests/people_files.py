"""A contract that pays on one plan with people, and its delivery, as small files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from outcomes.contract.load import Contract, load_contract
from outcomes.records.objects import Records
from outcomes.run.evaluate import run
from outcomes.run.objects import Run
from outcomes.run.steps import read_records

CONTRACT = """\
language: 1
id: people
title: A contract on people
terms: illustrative
precedence: signed contract
currency: GBP
rounding: {to: 0.01, rule: half-up, at: clause}
parties: {commissioner: A, outcome_payers: [A], contract_holder: B}
cohorts: {who_counts: "everyone eligible, engaged or not", one_entry_per_person: first}
metrics:
  pay: {kind: amount, better: higher, missing: excluded with bounds, value: {measure: pay}}
  crimes: {kind: count, better: lower, missing: excluded with bounds, value: {measure: crimes}}
  years: {kind: amount, better: higher, value: {measure: years}}
  returned: {kind: binary, better: lower, missing: excluded with bounds, count: {event: court, within: 30 days}}
payments:
  - id: gain
    measure: {improvement_in: METRIC, against: plan, in: FORM}
    pay: {PRICE}
if_not_assessable: {pay_meanwhile: nothing, decided_by: an expert}
"""
UNITS = {
    "pay": ("money per person", "share: 50 %, times: people"),
    "crimes": ("per 100", "per: 1 per 100, amount: 1"),
    "returned": ("percentage points", "per: 1 pp, amount: 1"),
}
MATCHED = {
    "design": "matching",
    "metrics": "[pay]",
    "comparison": "{who: people like them}",
    "covariates": "[age, area]",
    "match": "{caliper: 0.5 sd of score}",
    "adjust": "none",
    "inference": "{kind: pair-clustered}",
}
DATA = """\
extracted: 2023-12-31
dates: year-month-day
tables:
  people:
    files: [people.csv]
    columns: {person: id, group: arm, index_date: start, eligible_from: first, eligible_until: until}
    numbers: [age, need]
    categories: [area]
    groups: {programme: [served], comparison: [other]}
  measures: {files: [measures.csv], columns: {person: id, measure: what, period: year, value: amount}}
"""
HEADER = "id,arm,start,first,until,age,need,area\n"


def write(folder: Path, plan: dict[str, str | None], metric: str = "pay", **changes: str) -> Path:
    """``contract.yaml`` and ``evaluation.yaml`` in `folder`; `changes` replace text of the contract."""
    folder.mkdir(parents=True, exist_ok=True)
    text = CONTRACT.replace("METRIC", metric).replace("FORM", UNITS[metric][0]).replace("PRICE", UNITS[metric][1])
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    keys = {**MATCHED, "metrics": f"[{metric}]", **plan}
    lines = [f"  {key}: {value}" for key, value in keys.items() if value is not None]
    (folder / "evaluation.yaml").write_text("\n".join(["plan:", *lines, ""]), encoding="utf-8")
    return folder


def deliver(folder: Path, people: str, data: str = DATA, **files: str) -> Path:
    """The delivery in `folder`; the file of people has its header already."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"people.csv": HEADER + people, "data.yaml": data, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def measures(rows: Iterable[tuple[str, str, float]], period: str = "2022") -> str:
    return "id,what,year,amount\n" + "".join(f"{who},{what},{period},{value:g}\n" for who, what, value in rows)


def crowd(n: int = 120, share: float = 0.4, seed: int = 3) -> tuple[str, list[tuple[str, str, float]]]:
    """`n` people on whom served and others overlap, and the measures pay, crimes and years of each."""
    random = np.random.default_rng(seed)
    served = random.random(n) < share
    age = random.integers(20, 50, n) + 3 * served
    need = random.integers(0, 5, n)
    area = random.choice(["north", "south", "west"], n)
    people, rows = [], []
    for i in range(n):
        arm = "served" if served[i] else "other"
        people.append(f"p{i:03d},{arm},2021-01-04,2020-06-01,,{age[i]},{need[i]},{area[i]}\n")
        rows.append((f"p{i:03d}", "pay", float(100 + 3 * age[i] + 20 * served[i] + random.integers(0, 60))))
        rows.append((f"p{i:03d}", "crimes", float(random.poisson(2 - 0.8 * served[i]))))
        rows.append((f"p{i:03d}", "years", float(random.integers(1, 9)) / 4))
    return "".join(people), rows


def load(contract: Path, data: Path) -> tuple[Contract, Records]:
    agreed = load_contract(contract)
    return agreed, read_records(agreed, data)


def run_files(contract: Path, data: Path) -> Run:
    """The run of a contract's folder on a delivery."""
    return run(*load(contract, data), draws=100)
