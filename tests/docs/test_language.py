"""The clauses that docs/contract-language.md shows are valid, and its example case comes out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from outcomes.contract.load import load_contract
from outcomes.run.cases import run_cases

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/contract-language.md").read_text(encoding="utf-8")
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if block.startswith("payments:")]

HEAD = """language: 1
id: shown
title: Shown in the documentation
terms: illustrative
precedence: signed contract
currency: GBP
rounding: {to: 0.01, rule: half-up, at: clause}
parties: {commissioner: Council, outcome_payers: [Council], contract_holder: Holder}
metrics:
  reconvicted: {kind: binary, better: lower, missing: worst case}
"""
PLAN = """matched:
  design: published
  metrics: [reconvicted]
  published: {figures: []}
"""


def write(folder: Path, payments: str) -> Path:
    (folder / "contract.yaml").write_text(HEAD + payments, encoding="utf-8")
    (folder / "evaluation.yaml").write_text(PLAN, encoding="utf-8")
    return folder


@pytest.mark.parametrize("block", BLOCKS)
def test_shown_clauses_load(block: str, tmp_path: Path) -> None:
    assert load_contract(write(tmp_path, block)).terms.payments


def test_shown_case_comes_out(tmp_path: Path) -> None:
    cases = re.findall(r"```yaml\n(cases:.*?)```", TEXT, re.DOTALL)[0]
    measure = "measure: {improvement_in: reconvicted, against: matched, in: percentage points}"
    write(tmp_path, f"payments:\n  - id: unit\n    {measure}\n    pay: {{per: 1 pp, amount: 100000}}\n")
    (tmp_path / "cases.yaml").write_text(cases, encoding="utf-8")
    assert [result.passed for result in run_cases(load_contract(tmp_path))] == [True]
