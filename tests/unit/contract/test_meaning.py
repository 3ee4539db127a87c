"""Faults that the shape of a contract does not show: each with its place, its words and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contract.small import load_changed, the_fault

CONTRACT, PLAN, CARD, CASES = "contract.yaml", "evaluation.yaml", "rate-card.csv", "cases.yaml"
GAIN = "pay: {per: 1 pp, amount: 4000.10}\n    limits: {at_most: 50000}"
HOMES = "pay_for: {claims: homes}\n    rate_card: {table: rate-card.csv}"
MEASURE = "measure: {improvement_in: reoffended, against: fixed, in: percentage points}"
ONLY_IF = "only_if: {at_least: 5 pp}"
METRIC = "reoffended: {kind: binary, better: lower}"
QUARTERS = "  first_day: 2024-01-01\n  last_day: 2024-12-31\n  every: quarter\n"
END = "    rate_card: {table: rate-card.csv}"
CLAIMED = "claims: [{clause: homes, counts: {home: 3, stay: 1}}]"
VARIED = "variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a"
FIXED = 'design: baseline\n  metrics: [reoffended]\n  baseline: {level: 58 %, period: "2023", source: "Schedule 3"}'
BOTH = f"""{METRIC}
  housed: {{kind: binary, better: higher}}
  both:
    kind: index
    better: higher
    parts: [{{metric: reoffended, weight: 50 %}}, {{metric: housed, weight: 50 %, against: fixed}}]"""
Change = tuple[str, str, str]


def only_if(text: str) -> Change:
    return (CONTRACT, ONLY_IF, f"only_if: {{{text}}}")


def homes(new: str) -> Change:
    return (CONTRACT, HOMES, new)


def gain(new: str) -> Change:
    return (CONTRACT, GAIN, new)


def at_end(text: str) -> Change:
    return (CONTRACT, END, f"{END}\n{text}")


FAULTS = (
    # cohorts
    (((CONTRACT, "every: quarter", "every: quarter\n  named: [one, two]"),), "cohorts", "cohorts.named",
     "not both", "Leave one out."),
    (((CONTRACT, QUARTERS, "  named: [one, One]\n"),), "duplicate-name", "cohorts.named",
     "two cohorts have the same name", "Give each its own name."),
    (((CONTRACT, f"cohorts:\n{QUARTERS}", ""),
      (CONTRACT, "against: fixed", "against: {2024-Q1: fixed}")), "cohort-table", "payments[0].measure.against",
     "a switch goes by cohort", "one plan"),
    # what counts
    ((homes("pay_for: {claims: homes, days: care}\n    rate_card: {table: rate-card.csv}"),), "what-counts",
     "payments[2].pay_for", "say one thing that is counted", "claims, days, days_without, people, saving or fee."),
    ((homes("pay_for: {days: care}\n    rate_card: {table: rate-card.csv}"),), "rate-card",
     "payments[2].rate_card", "a rate card prices claims", "Write pay_for: {claims: ...}."),
    ((homes(f"{HOMES}\n    from: 2024-06-01\n    until: 2024-05-01"),), "dates-reversed", "payments[2].until",
     "until is before from", "Correct one of the two."),
    # what is measured
    (((CONTRACT, MEASURE, "measure: {improvement_in: reoffended, level_of: reoffended, against: fixed, in: percent}"),),
     "measure", "payments[0].measure", "say one of improvement_in, additional or level_of", "Keep one."),
    (((PLAN, FIXED, "design: none\n  metrics: [reoffended]"),
      (CONTRACT, f"{MEASURE}\n    when", "measure: {level_of: reoffended, in: percentage points}\n    when")),
     "plan-none", "payments[0].measure.against", 'plan "fixed" measures no counterfactual', "Use level_of."),
    # conditions
    (((CONTRACT, METRIC, f"{METRIC}\n  grade: {{kind: score, better: higher, unit: levels}}"),
      (PLAN, "[reoffended]", "[reoffended, grade]"),
      (CONTRACT, MEASURE, "measure: {improvement_in: grade, against: fixed, in: per person}"),
      only_if("at_least: 2"), gain("pay: {amount: 5}")), "unit-missing", "payments[0].only_if.at_least",
     '"2" needs a unit', 'Write "2 levels".'),
    (((CONTRACT, MEASURE, "measure: {level_of: reoffended, in: percentage points}"),
      only_if("tested: better, at: 95 %, sides: two")), "test-of-what", "payments[0].only_if.tested",
     "an observed level is tested against nothing", "Use improvement_in:, or at_least:."),
    ((only_if("at: 95 %"),), "condition-empty", "payments[0].only_if", "asks for nothing",
     "Write at_least:, tested: or another condition."),
    ((only_if("low_end_above: 0 pp"),), "test-unstated", "payments[0].only_if",
     "an interval's end needs its confidence level", "Write at: 90 %."),
    ((only_if("clause: homes"),), "condition-empty", "payments[0].only_if.clause", "paid or not paid",
     "Write is: paid."),
    ((only_if("low_end_above: 0 pp, at: 40 %"),), "confidence", "payments[0].only_if.at", "between 50 % and 100 %",
     "Write at: 95 %."),
    ((only_if("clause: gain, is: paid"),), "circle", "payments[0]", 'clause "gain" waits, directly or not, for itself',
     "Take out one of the conditions"),
    # indexes
    (((CONTRACT, METRIC, BOTH),
      (CONTRACT, "improvement_in: reoffended", "improvement_in: both")), "plan-metric",
     "metrics.both.parts[1].against", 'plan "fixed" does not measure housed', "Add the metric to the plan."),
    # money beside the price
    ((gain("pay: {share: 10 %, of: core_price}\n    priced_in: {currency: USD, rate: 2, source: Bank}"),), "priced-in",
     "payments[0].pay", "in the contract's own currency already", "Leave priced_in: out"),
    ((gain("pay: {amount: -5}\n    priced_in: {currency: USD, rate: 2, source: Bank}"),), "negative-amount",
     "payments[0].pay.amount", "must not be negative", "deduct: or repay:"),
    ((homes("pay_for: {fee: once}\n    pay: {amount: 5}\n    limits: {outcomes: 5}"),), "outcomes-of-what",
     "payments[2].limits.outcomes", "a fee has no outcomes to limit", "Use until:, or at_most:."),
    # variations
    ((homes("pay_for: {days: care}\n    pay: {each: 5}\n" + VARIED + ", stops: true}"),), "variation-of-what",
     "variations[0].applies_to", "no clause pays for claims", "Write cohorts starting from."),
    (((CONTRACT, QUARTERS, "  named: [one, two]\n"), (CONTRACT, "quarter cohort", "cohort"),
      (CONTRACT, "quarter cohort", "cohort"),
      at_end(VARIED.replace("claims from", "cohorts starting from") + ", stops: true}")), "variation-of-what",
     "variations[0].applies_to", "this would change nothing", "Write cohorts: {every: ...} and for_each:."),
    (((CONTRACT, "every: quarter", "every: quarter\n  segments: {north: a, south: b}"),
      homes("pay_for: {claims: homes}\n    pay: {by: segment, each: {north: 5, south: 0}}\n"
            + VARIED + ", prices: {homes.south: 6}}")), "price-unknown", "variations[0].prices.homes.south",
     "has no single price that could be changed", 'Did you mean "homes.north"?'),
)  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "place", "words", "hint"), FAULTS)
def test_a_fault_of_meaning_is_named_with_its_place_and_the_next_step(
    changes: tuple[Change, ...], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, *changes)
    assert problem.where.startswith(CONTRACT) and problem.where.endswith(f" {place}")
    assert words in problem.message
    assert hint in problem.hint


CASE_FAULTS = (
    ("results: [{metric: reoffended, cohort: 2024-Q1, treated: 53, counterfactual: 58, per: 100}]",
     "results: [{metric: reoffended, cohort: 2024-Q1, treated: 53, counterfactual: 58, per: 100, se: 0}]",
     "result", "results[0].se", "a standard error is above zero"),
    (CLAIMED, "counted: [{clause: homes, quantity: -3}]", "negative-amount", "counted[0].quantity",
     "not below nothing"),
)  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "place", "words"), CASE_FAULTS)
def test_a_case_gives_numbers_that_can_be(
    old: str, new: str, code: str, place: str, words: str, tmp_path: Path
) -> None:
    days = homes("pay_for: {days: care}\n    pay: {each: 5}")
    changes = (days, (CASES, CLAIMED, "claims: []")) if old != CLAIMED else (days,)
    problem = the_fault(tmp_path, code, *changes, (CASES, old, new))
    assert problem.where.endswith(place) and words in problem.message and problem.hint


GOOD = (
    ((CONTRACT, METRIC, BOTH), (CONTRACT, "improvement_in: reoffended", "improvement_in: both"),
     (PLAN, "[reoffended]", "[reoffended, housed]")),
    ((CONTRACT, "every: quarter", "every: quarter\n  last_days: {2024-Q4: 2024-12-30}"),),
    (gain(f"{GAIN}\n    payers: [{{payer: Council, share: 100 %, from: 2024-01-01}}]"),),
    ((CONTRACT, "every: quarter", "every: quarter\n  segments: {north: a, south: b}"),
     homes("pay_for: {claims: homes}\n    pay: {by: segment, each: {north: 5, south: 0}}\n"
           + VARIED + ", prices: {homes.north: 6}}"), (CASES, CLAIMED, "claims: []")),
)  # fmt: skip


@pytest.mark.parametrize("changes", GOOD)
def test_what_fits_together_is_taken(changes: tuple[Change, ...], tmp_path: Path) -> None:
    load_changed(tmp_path, *changes)


def test_nothing_written_is_said_even_where_the_value_would_not_be_used(tmp_path: Path) -> None:
    problem = the_fault(tmp_path, "empty", (PLAN, "design: baseline", "id:\n  design: baseline"))
    assert problem.where == "evaluation.yaml:2:6 fixed.id" and "nothing is written here" in problem.message


def test_the_keys_of_a_table_of_mappings_are_known(tmp_path: Path) -> None:
    problem = the_fault(tmp_path, "key-unknown", (CONTRACT, "better: lower", "better: lower, untis: levels"))
    assert problem.where.endswith("metrics.reoffended.untis") and problem.hint == 'Did you mean "unit"?'
