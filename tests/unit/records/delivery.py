"""Small deliveries for tests: a contract, a `data.yaml` and files, written to a folder."""

from __future__ import annotations

from pathlib import Path

from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.rate_card import RateCard
from outcomes.contract.reading import read_as
from outcomes.contract.terms import ContractTerms
from outcomes.document.yaml import parse_document

HEAD = """\
language: 1
id: test
title: Test
terms: illustrative
precedence: signed contract
currency: GBP
rounding: {to: 0.01, rule: half-up, at: clause}
parties: {commissioner: A, outcome_payers: [A], contract_holder: B}
"""
PAYMENTS = """\
payments:
  - {id: card, pay_for: {claims: job}, pay: {each: 100}}
"""
PEOPLE = """\
extracted: 2022-12-31
dates: year-month-day
tables:
  people:
    files: [people.csv]
    columns: {person: id, group: arm, index_date: start}
    numbers: [age]
    categories: [area]
    groups: {programme: [served], comparison: [other]}
"""
HEADER = "id,arm,start,age,area\n"


def terms(more: str = "", payments: str = PAYMENTS) -> ContractTerms:
    """A contract with further lines of YAML."""
    return read_as(parse_document(HEAD + more + payments, "contract.yaml"), ContractTerms)


def whole(agreed: ContractTerms, **cards: RateCard) -> Contract:
    """A contract of these terms, with a rate card for each clause that is named."""
    return Contract(agreed, {}, cards, (), (), "fingerprint")


def plan(text: str) -> EvaluationPlan:
    """An evaluation plan in YAML."""
    return read_as(parse_document(text, "evaluation.yaml"), EvaluationPlan, {"id": "p"})


def deliver(folder: Path, data_yaml: str, **files: str | bytes) -> Path:
    """A folder with ``data.yaml`` and one CSV file per keyword."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.yaml").write_text(data_yaml, encoding="utf-8")
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return folder
