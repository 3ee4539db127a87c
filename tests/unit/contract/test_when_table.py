"""Gaps and overlaps of a table: every value has one row."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.contract.clauses import FixedPrice, WhenRow
from outcomes.contract.when_table import problems_of_table
from outcomes.document.yaml import parse_document
from outcomes.units import Quantity

PAY = FixedPrice(amount=Fraction(1))
DOCUMENT = parse_document("when: [1, 2, 3]\n", "c.yaml")


def pp(value: int | Fraction) -> Quantity:
    return Quantity(Fraction(value), "pp")


def codes(*rows: WhenRow) -> list[str]:
    return [problem.code for problem in problems_of_table(rows, DOCUMENT, ())]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([WhenRow(at_least=pp(5), pay=PAY), WhenRow(less_than=pp(5), pay=PAY)], []),
        ([WhenRow(more_than=pp(5), pay=PAY), WhenRow(at_most=pp(5), pay=PAY)], []),
        ([WhenRow(at_least=pp(5), pay=PAY), WhenRow(otherwise="nothing")], []),
        ([WhenRow(at_least=pp(5), pay=PAY), WhenRow(at_most=pp(5), pay=PAY)], ["rows-overlap"]),
        ([WhenRow(more_than=pp(5), pay=PAY), WhenRow(less_than=pp(5), pay=PAY)], ["rows-gap"]),
        ([WhenRow(at_least=pp(6), pay=PAY), WhenRow(less_than=pp(5), pay=PAY)], ["rows-gap"]),
        ([WhenRow(at_least=pp(5), pay=PAY)], ["rows-gap"]),
        ([WhenRow(at_least=pp(5), less_than=pp(5), pay=PAY), WhenRow(otherwise="nothing")], ["row-empty"]),
        ([WhenRow(otherwise="nothing"), WhenRow(at_least=pp(5), pay=PAY)], ["otherwise-last"]),
        ([WhenRow(at_least=pp(5)), WhenRow(otherwise="nothing")], ["row-action"]),
        ([WhenRow(at_least=pp(5), more_than=pp(4), pay=PAY), WhenRow(otherwise="nothing")], ["two-edges"]),
        ([WhenRow(tested="better", at=Fraction(9, 10), sides="two", pay=PAY)], ["rows-gap"]),
    ],
)
def test_each_value_has_one_row(rows: list[WhenRow], expected: list[str]) -> None:
    assert codes(*rows) == expected


@given(st.sets(st.fractions(-50, 50, max_denominator=20), min_size=1, max_size=5))
def test_bands_that_follow_one_another_have_no_fault_and_without_one_of_them_a_gap(edges: set[Fraction]) -> None:
    ordered = sorted(edges)
    rows = [WhenRow(less_than=pp(ordered[0]), pay=PAY)]
    rows += [WhenRow(at_least=pp(low), less_than=pp(high), pay=PAY) for low, high in pairwise(ordered)]
    rows.append(WhenRow(at_least=pp(ordered[-1]), pay=PAY))
    assert codes(*rows) == []
    for index in range(len(rows)):
        assert "rows-gap" in codes(*rows[:index], *rows[index + 1 :])
