"""Cases are worked out by the engine that prices a real run, to the penny."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.contract.load import load_contract
from outcomes.run.cases import run_cases
from tests.unit.contract.small import load_changed

ROOT = Path(__file__).parents[3]
CASES = "cases.yaml"


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in ROOT.glob("contracts/*/cases.yaml")), ids=lambda p: p.name
)
def test_every_shipped_case_comes_out(folder: Path) -> None:
    results = run_cases(load_contract(folder))
    assert results
    assert all(result.passed for result in results), [result for result in results if not result.passed]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("total: 22351.00", "total: 22351.01", "expected £22,351.01"),
        ("{homes: 2250.50}", "{homes: 2250.49}", "clause homes: 2250.50, expected 2250.49"),
        ("{table: payable}", "{table: open}", "clause table is payable, expected open"),
        ("clauses: {homes: 2250.50}", "payers: {Council: 22351.01}", "Council pays 22351.00, expected 22351.01"),
    ],
)
def test_a_penny_is_a_difference(old: str, new: str, words: str, tmp_path: Path) -> None:
    (result,) = run_cases(load_changed(tmp_path, (CASES, old, new)))
    assert not result.passed
    assert words in result.got


def test_a_case_that_cannot_be_priced_fails_with_the_reason(tmp_path: Path) -> None:
    given = "treated: 53, counterfactual: 58, per: 100"
    (result,) = run_cases(load_changed(tmp_path, (CASES, given, "improvement: 5 %")))
    assert not result.passed
    assert "only a relative change was published" in result.got
