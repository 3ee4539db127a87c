"""The published counts of a real rate card come out exactly, and the made-up mistakes do not count."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from outcomes.claims.counts import count_claims
from outcomes.claims.delivery import decide_delivery
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


def _made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_data", STORY / "make_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["make_data"] = module
    spec.loader.exec_module(module)
    return module


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
    for name in ("people.csv", "claims.csv"):
        assert (tmp_path / name).read_bytes() == (STORY / name).read_bytes()
