"""From a document to terms: places, nearest keys, and every kind of price and condition."""

from __future__ import annotations

from fractions import Fraction

import pytest

from outcomes.contract.clauses import (
    AmountShare,
    Condition,
    EachPrice,
    FixedPrice,
    LinePrice,
    PaymentClause,
    PerPrice,
    SharePrice,
    StepPrice,
    TierPrice,
)
from outcomes.contract.reading import nearest, read_as
from outcomes.contract.terms import MetricTerms
from outcomes.document.yaml import parse_document
from outcomes.errors import InputError, Problem
from outcomes.units import Quantity


def clause(text: str) -> PaymentClause:
    return read_as(parse_document(f"id: one\n{text}\n", "c.yaml"), PaymentClause)


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        clause(text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{amount: 5}", FixedPrice),
        ("{share: 10 %, of: pot}", AmountShare),
        ("{per: 1 pp, amount: 5}", PerPrice),
        ("{per: 1 pp, amount: 5, above: 2 pp, times: people}", PerPrice),
        ("{share: 1/6, above: 500, times: people}", SharePrice),
        ("{each: 5}", EachPrice),
        ("{each: {north: 5, south: 6}, by: segment}", EachPrice),
        ("{steps: [{from: 5 pp, amount: 10}]}", StepPrice),
        ("{line: [{at: 0 pp, amount: 0}, {at: 5 pp, amount: 10}], below: nothing, above: the last amount}", LinePrice),
        ("{tiers: [{next: 5, each: 10}, {each: 20}]}", TierPrice),
    ],
)
def test_each_kind_of_price_is_read(text: str, kind: type) -> None:
    assert type(clause(f"pay: {text}").pay) is kind


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{at_least: 5 pp}", "at_least"),
        ("{more_than: 5 pp}", "more_than"),
        ("{at_most: 5 pp}", "at_most"),
        ("{less_than: 5 pp}", "less_than"),
        ("{tested: better, at: 95 %, sides: two}", "tested"),
        ("{low_end_above: 0 pp, at: 90 %}", "low_end_above"),
        ("{evidence: {share: 80 %, above: 5 pp}}", "evidence"),
        ("{clause: two, is: paid}", "clause"),
        ("{measure: {improvement_in: x, against: y, in: percent}, at_least: 5 %}", "measure"),
        ("{all_of: [{at_least: 5 pp}, {less_than: 9 pp}]}", "all_of"),
        ("{any_of: [{at_least: 5 pp}, {all_of: [{at_least: 1 pp}]}]}", "any_of"),
    ],
)
def test_each_kind_of_condition_is_read(text: str, key: str) -> None:
    condition = clause(f"only_if: {text}").only_if
    assert isinstance(condition, Condition)
    assert getattr(condition, key)


def test_values_are_exact() -> None:
    price = clause("pay: {per: 0.1 pp, amount: 4000.10}").pay
    assert price == PerPrice(per=Quantity(Fraction(1, 10), "pp"), amount=Fraction(40001, 10))


def test_a_problem_of_a_price_stands_at_its_own_key() -> None:
    found = problems(
        "pay: {line: [{at: 0 pp, amount: 0}, {at: 5 pp, amuont: 1}], below: nothing, above: the last amount}"
    )
    assert [str(problem) for problem in found] == [
        'c.yaml:2:37 pay.line[1]: key-missing: the key "amount" is missing. Add it.',
        'c.yaml:2:48 pay.line[1].amuont: key-unknown: "amuont" is not a key here. Did you mean "amount"?',
    ]


def test_the_key_that_a_keyword_hides_is_called_by_its_name_in_the_file() -> None:
    assert "Did you mean" in problems("only_if: {clause: two, iss: paid}")[0].hint
    assert problems("onlyif: {at_least: 5 pp}")[0].hint == 'Did you mean "only_if"?'


def test_nothing_behind_a_key_is_said_once() -> None:
    assert [problem.code for problem in problems("title:")] == ["empty"]


def test_the_nearest_word_or_all_that_are_known() -> None:
    assert nearest("recnovicted", ["reconvicted", "housed"]) == 'Did you mean "reconvicted"?'
    assert nearest("x", ["b", "a"]) == "Known here: a, b."
    assert nearest("x", ["word"] * 200) == ""


def test_a_part_of_a_document_is_read_where_it_stands() -> None:
    document = parse_document("metrics:\n  one: {kind: binary}\n", "c.yaml")
    with pytest.raises(InputError) as caught:
        read_as(document, MetricTerms, at=("metrics", "one"))
    assert caught.value.problems[0].where == "c.yaml:2:8 metrics.one"
