"""Limits of the whole contract and examples of it, as a manager reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.contract.load import load_contract
from outcomes.report.contract_words import explain_contract

ROOT = Path(__file__).parents[3] / "contracts"


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("dfid-ethiopia", "In each year of the contract at most £10,000,000 is paid over all clauses together."),
        ("transforming-rehabilitation", "In each year at most the results pot (2015-16 £500,000, 2016-17 £1,800,000, "),
        (
            "stronger-families-norfolk",
            "the central fund pays at most £1,500,000 under the whole contract; the council pays what is above it.",
        ),
        ("village-enterprise", "Third funder pays at most US$856,124 under the whole contract; nobody pays what is"),
        ("dfid-ethiopia", "What is over a limit of the whole contract is cut from every clause in proportion."),
    ],
)
def test_limits_are_said(folder: str, sentence: str) -> None:
    assert any(words.startswith(sentence) for words in explain_contract(load_contract(ROOT / folder)).other)


def test_contract_years_are_said() -> None:
    who = explain_contract(load_contract(ROOT / "dfid-ethiopia")).who
    assert (
        "The years of the contract begin on 11 September: 2012-13 begins on 11 September 2012. What holds for a year "
        "holds for the cohorts that start in it."
    ) in who


def test_an_example_that_names_no_clause_is_one_of_the_whole_contract() -> None:
    examples = explain_contract(load_contract(ROOT / "village-enterprise")).examples
    assert any("In all: US$4,280,618. First funder pays US$2,140,309." in words for words in examples)
    assert not explain_contract(load_contract(ROOT / "haebom")).examples
