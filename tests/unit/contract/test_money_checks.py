"""Money that cannot be paid as written: off the rounding step, priced of the wrong thing, or by nobody's segment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contract.small import load_changed, the_fault

CONTRACT = "contract.yaml"
GAIN = "pay: {per: 1 pp, amount: 4000.10}\n    limits: {at_most: 50000}"
HOMES = "pay_for: {claims: homes}\n    rate_card: {table: rate-card.csv}"
SEGMENTS = (CONTRACT, "every: quarter", "every: quarter\n  segments: {north: lives in the north, south: lives south}")
Change = tuple[str, str, str]


def gain(new: str) -> Change:
    """The price and limits of clause gain, changed."""
    return (CONTRACT, GAIN, new)


def homes(new: str) -> Change:
    """What clause homes counts and its price, changed."""
    return (CONTRACT, HOMES, new)


def each(prices: str) -> Change:
    return homes(f"pay_for: {{claims: homes}}\n    pay: {prices}")


ROUNDED = (CONTRACT, "to: 0.01", "to: 10")
ADDITIONAL = (
    CONTRACT,
    "measure: {improvement_in: reoffended, against: fixed, in: percentage points}\n    only_if: {at_least: 5 pp}",
    "measure: {additional: reoffended, against: fixed}\n    only_if: {at_least: 5}",
)

FAULTS = (
    ((ROUNDED, gain("pay: {amount: 500}\n    limits: {at_most: 50005}")), "limit-off-step",
     "payments[0].limits.at_most", "not a multiple of the step", "Change the limit or rounding"),
    ((ROUNDED, gain("pay: {amount: 500}\n    limits: {at_least: 5}")), "limit-off-step",
     "payments[0].limits.at_least", "not a multiple of the step", "Change the limit or rounding"),
    ((ROUNDED, (CONTRACT, "payments:", "limits: {at_most: 99999}\npayments:")), "limit-off-step",
     "limits.at_most", "not a multiple of the step", "Change the limit or rounding"),
    (((CONTRACT, "to: 0.01", "to: -0.01"),), "negative-amount", "rounding.to", "must not be negative", "Money back"),
    ((each("{tiers: []}"),), "table-order", "payments[2].pay", "a table needs a row", "Add it."),
    ((each("{tiers: [{each: 5}, {next: 3, each: 4}]}"),), "tier-open", "payments[2].pay",
     "only the last tier may have no end", "Write next: and a count."),
    ((gain("pay: {steps: []}"),), "table-order", "payments[0].pay", "a table needs a row", "Add it."),
    ((homes("pay_for: {saving: bills}\n    pay: {share: 50 %, times: people}"),), "times-people",
     "payments[2].pay.times", "no number of people to multiply by", "Leave times: out."),
    ((ADDITIONAL, gain("pay: {per: 1, amount: 5, times: people}")), "times-people", "payments[0].pay.times",
     "would count them twice", "Leave times: out."),
    ((SEGMENTS, each("{each: {north: 5, south: 6}}")), "by-segment", "payments[2].pay",
     "a table of prices says by what", "Write by: segment"),
    ((each("{each: 5, by: segment}"),), "by-segment", "payments[2].pay", "prices by segment are a table",
     "Write by: segment and each: {segment: amount}."),
    ((SEGMENTS, each("{by: segment, each: {north: 5, sooth: 6, south: 6}}")), "segment-unknown",
     "payments[2].pay.each.sooth", '"sooth" is not a segment', 'Did you mean "south"?'),
    ((SEGMENTS, each("{by: segment, each: {north: 5}}")), "segment-unpriced", "payments[2].pay.each",
     "no price is stated for south", "Add it."),
    ((SEGMENTS, homes("for: south\n    pay_for: {claims: homes}\n    pay: {by: segment, each: {north: 5}}")),
     "segment-unpriced", "payments[2].pay.each", "no price is stated for south", "Add it."),
    ((gain("pay: {per: 1 pp, amount: 5}\n    limits: {outcomes: 10}"),), "outcomes-of-what",
     "payments[0].limits.outcomes", "this clause measures in pp", "Use at_most:."),
    ((gain("pay: {amount: 5}\n    limits: {at_most: {share: 10 %, of: core_prize}}"),), "amount-unknown",
     "payments[0].limits.at_most.of", '"core_prize" is not one of', 'Did you mean "core_price"?'),
)  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "place", "words", "hint"), FAULTS)
def test_money_that_cannot_be_paid_as_written_is_refused(
    changes: tuple[Change, ...], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, *changes)
    assert problem.where.startswith(CONTRACT) and problem.where.endswith(f" {place}")
    assert words in problem.message
    assert hint in problem.hint


GOOD = (
    (ROUNDED, gain("pay: {amount: 500}\n    limits: {at_most: 50010, at_least: 20}")),
    (SEGMENTS, each("{by: segment, each: {north: 5, south: 6}}")),
    (SEGMENTS, homes("for: south\n    pay_for: {claims: homes}\n    pay: {by: segment, each: {south: 5}}")),
    (each("{tiers: [{next: 3, each: 4}, {each: 5}]}"),),
    (gain("pay: {amount: 5}\n    limits: {at_most: {share: 10 %, of: core_price}, at_least: 10000}"),),
)


@pytest.mark.parametrize("changes", GOOD)
def test_money_that_can_be_paid_as_written_is_taken(changes: tuple[Change, ...], tmp_path: Path) -> None:
    cases = ("cases.yaml", "claims: [{clause: homes, counts: {home: 3, stay: 1}}]", "claims: []")
    assert len(load_changed(tmp_path, *changes, cases).terms.payments) == 3
