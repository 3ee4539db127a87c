"""The published counts of a real rate card come out exactly, and the made-up mistakes do not count."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from outcomes.claims.counts import count_claims
from outcomes.claims.delivery import decide_delivery
from outcomes.claims.entries import read_register
from outcomes.claims.objects import ClaimDecision
from outcomes.contract.load import Contract, load_contract
from outcomes.records.sources import read_records

ROOT = Path(__file__).parents[3]
STORY = ROOT / "examples" / "reboot-west"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(ROOT / "contracts" / "care-leavers-reboot-west")


@pytest.fixture(scope="module")
def decisions(contract: Contract) -> tuple[ClaimDecision, ...]:
    records = read_records(contract.terms, STORY)
    return decide_delivery(contract, records, records.as_of).rows


def _module(name: str) -> ModuleType:
    """A script of the story as a module."""
    spec = importlib.util.spec_from_file_location(name, STORY / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _made() -> ModuleType:
    return _module("make_data")


def test_published_claims_and_people_on_every_line(contract: Contract, decisions: tuple[ClaimDecision, ...]) -> None:
    published = {f"line-{number:02d}": (claims, people) for number, _, claims, people in _made().published()}
    counts = count_claims(decisions)
    assert {count.line: (count.accepted, count.people) for count in counts} == published
    prices = {line.id: line.price for line in contract.cards["rate-card"].lines}
    assert sum(prices[count.line] * count.accepted for count in counts) == 1_871_540
    assert sum(prices[count.line] * count.people for count in counts) == 1_617_330


def test_each_mistake_has_its_reason(decisions: tuple[ClaimDecision, ...]) -> None:
    assert Counter(decision.code for decision in decisions if decision.state != "accepted") == {
        "outcome-repeated": 2,
        "times-per-person": 3,
        "evidence-missing": 2,
        "evidence-kind": 1,
        "person-unknown": 1,
        "outcome-unknown": 1,
        "achieved-after-received": 1,
        "before-start": 1,
        "claim-repeated": 1,
    }


def test_the_data_are_what_the_script_makes(tmp_path: Path) -> None:
    _made().write(tmp_path)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 9
    for name in made:
        assert (tmp_path / name).read_bytes() == (STORY / name).read_bytes()


def test_three_quarters_end_at_the_published_payment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _module("quarters").main(tmp_path)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "2021-Q3    2,865     2,856      1,720,070.00           0.00   1,720,070.00",
        "2021-Q4      252     3,098      1,864,610.00   1,720,070.00     144,540.00",
        "2022-Q1       22     3,118      1,871,540.00   1,864,610.00       6,930.00",
    ]
    register = read_register(tmp_path / "claims.register", "care-leavers-reboot-west")
    assert register.state_of("C-90001") == "withdrawn"
    assert register.paid()["C-90001"] == 0  # paid, and credited when it was withdrawn
    assert sum((payment.amount for payment in register.payments), Decimal(0)) == 1_871_540
    assert Counter(state for _, state in register.states()) == {
        "paid": 3_118,
        "rejected": 12,
        "query": 1,
        "withdrawn": 1,
    }
