"""Faults of the terms beside a price: each named with its place and the next step, and all in one pass."""

# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from outcomes.errors import InputError, Problem
from tests.unit.contract.small import load_changed

CONTRACT, CARD = "contract.yaml", "rate-card.csv"
Change = tuple[str, str, str]


@dataclass(frozen=True)
class Fault:
    """Changes to the small contract, and the code, place (the end of it) and words of the problem."""

    name: str
    code: str
    place: str
    words: str
    changes: tuple[Change, ...]


GAIN = "pay: {per: 1 pp, amount: 4000.10}\n    limits: {at_most: 50000}"
HOMES = "pay_for: {claims: homes}\n    rate_card: {table: rate-card.csv}"
COHORT = "for_each: quarter cohort\n    "
PAYERS = "outcome_payers: [Council]"
METRIC = "reoffended: {kind: binary, better: lower}"
END = "    rate_card: {table: rate-card.csv}"


def gain(new: str, *more: Change) -> tuple[Change, ...]:
    """The price and limits of clause gain, changed."""
    return ((CONTRACT, GAIN, new), *more)


def homes(new: str, *more: Change) -> tuple[Change, ...]:
    """What clause homes counts and its price, changed."""
    return ((CONTRACT, HOMES, new), *more)


def added(text: str) -> tuple[Change, ...]:
    """Something more at the end of the contract."""
    return ((CONTRACT, END, f"{END}\n{text}"),)


def index(parts: str, measure: str = "improvement_in: both", rest: str = "") -> tuple[Change, ...]:
    """Clause gain on an index of `parts`, which stand on line 18."""
    metric = f"{METRIC}\n  housed: {{kind: binary, better: higher}}\n  both: {{kind: index, better: higher, parts: [{parts}]}}"
    changes = [(CONTRACT, METRIC, metric), (CONTRACT, "improvement_in: reoffended", measure)]
    changes.append(("evaluation.yaml", "[reoffended]", "[reoffended, housed]"))
    return (*changes, *((CONTRACT, old, new) for old, new in ([rest.split(" => ")] if rest else [])))


def years(begin: str, *more: tuple[Change, ...]) -> tuple[Change, ...]:
    """Contract years that begin on a day, and other changes."""
    return (
        (CONTRACT, "every: quarter", f'every: quarter\n  year_begins: "{begin}"'),
        *(one for part in more for one in part),
    )


HALVES = "{metric: reoffended, weight: 50 %}, {metric: housed, weight: 50 %}"
FAULTS = (
    # tables by cohort
    Fault("each-by-cohort-missing", "cohort-unpriced", "payments[2].pay.each", "nothing for 2024-Q3, 2024-Q4",
          homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{by: cohort, each: {{2024-Q1: 5, 2024-Q2: 6}}}}")),
    Fault("each-by-cohort-unknown", "cohort-unknown", "payments[2].pay.each.2023", 'Did you mean "2024"?',
          homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{by: cohort, each: {{2024: 5, 2023: 6}}}}")),
    Fault("each-by-cohort-together", "cohort-table", "payments[2].pay.each", "is for all cohorts together",
          homes("pay_for: {claims: homes}\n    pay: {by: cohort, each: {2024: 5}}")),
    Fault("indexed-missing", "cohort-unpriced", "payments[0].indexed", "nothing for 2024-Q2, 2024-Q3, 2024-Q4",
          gain(f"{GAIN}\n    indexed: {{2024-Q1: 103 %}}")),
    Fault("indexed-to-nothing", "share-range", "payments[0].indexed.2024", "an index is above zero",
          gain(f"{GAIN}\n    indexed: {{2024: 0 %}}")),
    Fault("yearly-cap-missing", "cohort-unpriced", "payments[0].limits.at_most.of", "nothing for 2024-Q1",
          gain("pay: {amount: 5}\n    limits: {at_most: {share: 10 %, of: pot}}",
               (CONTRACT, "core_price: 100000", "core_price: 100000\n  pot: {2023: 5}"))),
    # contract years
    Fault("years-not-a-day", "day-of-year-expected", "cohorts.year_begins", "not a day that every year has",
          years("29 February")),
    Fault("years-short-month", "day-of-year-expected", "cohorts.year_begins", "not a day that every year has",
          years("1 Apr")),
    Fault("year-of-the-calendar-in-contract-years", "cohort-unpriced", "payments[2].pay.each", "nothing for 2024-Q1",
          years("1 April", homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{by: cohort, each: {{2024: 5}}}}"))),
    Fault("contract-year-without-its-first-day", "cohort-unpriced", "payments[2].pay.each", "nothing for 2024-Q1",
          homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{by: cohort, each: {{2023-24: 5, 2024-25: 6}}}}")),
    Fault("claims-by-contract-year", "claims-by-year", "payments[2].for_each", "that a person entered",
          years("1 April", homes("for_each: year cohort\n    pay_for: {claims: homes}\n    pay: {each: 5}"))),
    Fault("variation-of-claims-by-contract-year", "claims-by-year", "variations[0].prices.homes.2024-25", "is the price of a year",
          years("1 April", homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{by: cohort, each: {{2023-24: 5, 2024-25: 6}}}}\n"
                "variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {homes.2024-25: 5}}"))),
    Fault("first-day-of-no-cohort", "cohort-unknown", "cohorts.first_days.2024-Q1", "not a named cohort",
          ((CONTRACT, "every: quarter", "every: quarter\n  first_days: {2024-Q1: 2024-01-08}"),)),
    # switches
    Fault("switch-cohort-unknown", "cohort-unknown", "payments[0].measure.against.2024-Q9", 'Did you mean "2024-Q4"?',
          ((CONTRACT, "against: fixed", "against: {2024-Q1: fixed, 2024-Q9: fixed}"),)),
    Fault("switch-order", "switch-order", "payments[0].measure.against", "do not follow one another",
          ((CONTRACT, "against: fixed", "against: {2024-Q3: fixed, 2024-Q1: fixed}"),)),
    Fault("switch-late", "switch-order", "payments[0].measure.against", "nothing is said of 2024-Q1",
          ((CONTRACT, "against: fixed", "against: {2024-Q2: fixed}"),)),
    Fault("switch-together", "cohort-table", "payments[0].measure.against", "a switch goes by cohort",
          ((CONTRACT, "for_each: quarter cohort\n    measure: {improvement_in: reoffended, against: fixed",
            "measure: {improvement_in: reoffended, against: {2024-Q1: fixed}"),)),
    Fault("switch-plan-unknown", "plan-unknown", "payments[0].measure.against", '"live" is not an evaluation plan',
          ((CONTRACT, "against: fixed", "against: {2024-Q1: fixed, 2024-Q2: live}"),)),
    # indexes
    Fault("index-weights", "index-sum", "metrics.both.parts", "do not add up to 100 %",
          index("{metric: reoffended, weight: 50 %}, {metric: housed, weight: 40 %}")),
    Fault("index-metric-unknown", "metric-unknown", "metrics.both.parts[1].metric", 'Did you mean "housed"?',
          index("{metric: reoffended, weight: 50 %}, {metric: house, weight: 50 %}")),
    Fault("index-nested", "index-parts", "metrics.both.parts[1].metric", '"both" is an index itself',
          index("{metric: reoffended, weight: 50 %}, {metric: both, weight: 50 %}")),
    Fault("index-part-twice", "index-parts", "metrics.both.parts[1].metric", "is a part twice",
          index("{metric: housed, weight: 50 %}, {metric: housed, weight: 50 %}")),
    Fault("index-weight-nothing", "share-range", "metrics.both.parts[1].weight", "a weight is above zero",
          index("{metric: reoffended, weight: 100 %}, {metric: housed, weight: 0 %}")),
    Fault("index-missing-unit", "unit-missing", "metrics.both.parts[1].if_missing", "which is pp",
          index("{metric: reoffended, weight: 50 %}, {metric: housed, weight: 50 %, if_missing: 5}")),
    Fault("index-missing-other-unit", "unit-other", "metrics.both.parts[1].if_missing", "which is pp",
          index("{metric: reoffended, weight: 50 %}, {metric: housed, weight: 50 %, if_missing: 5 %}")),
    Fault("index-part-plan-unknown", "plan-unknown", "metrics.both.parts[1].against", 'Did you mean "fixed"?',
          index("{metric: reoffended, weight: 50 %}, {metric: housed, weight: 50 %, against: fixd}")),
    Fault("index-level", "index-measure", "payments[0].measure", "an index is an improvement",
          index(HALVES, "additional: both")),
    Fault("index-tested", "test-of-what", "payments[0].only_if.tested", "no sampling error of its own",
          index(HALVES, rest="only_if: {at_least: 5 pp} => only_if: {tested: better, at: 95 %, sides: two}")),
    Fault("index-times-people", "times-people", "payments[0].pay.times", "no one number of people",
          index(HALVES, rest="amount: 4000.10} => amount: 4000.10, times: people}")),
    Fault("index-in-condition", "index-condition", "payments[0].only_if.measure", "looks at one metric",
          (*index(HALVES, "improvement_in: reoffended"),
           (CONTRACT, "only_if: {at_least: 5 pp}",
            "only_if: {at_least: 5 pp, measure: {improvement_in: both, against: fixed, in: percentage points}}"))),
    Fault("index-without-parts", "index-parts", "metrics.reoffended.kind", "an index has parts",
          ((CONTRACT, "kind: binary", "kind: index"),)),
    # bands, steps, thresholds by people
    Fault("bands-not-from-0", "table-order", "payments[2].pay", "volume bands begin at 0",
          homes("pay_for: {claims: homes}\n    pay: {bands: [{from: 10, each: 5}]}")),
    Fault("bands-not-rising", "table-order", "payments[2].pay", "rows must rise",
          homes("pay_for: {claims: homes}\n    pay: {bands: [{from: 0, each: 5}, {from: 9, each: 4}, {from: 9, each: 3}]}")),
    Fault("bands-negative", "negative-amount", "payments[2].pay.bands[0].each", "must not be negative",
          homes("pay_for: {claims: homes}\n    pay: {bands: [{from: 0, each: -5}]}")),
    Fault("bands-of-points", "each-of-what", "payments[0].pay", "measured, not counted one by one",
          gain("pay: {bands: [{from: 0, each: 5}]}")),
    Fault("steps-edge", "word-unknown", "payments[0].pay.edge", "is not one of 'from' or 'above'",
          gain("pay: {steps: [{from: 5 pp, amount: 9}], edge: below}")),
    Fault("by-people-not-rising", "table-order", "payments[0].only_if.by_people", "rows must rise",
          ((CONTRACT, "only_if: {at_least: 5 pp}",
            "only_if: {by_people: [{from: 100, at_least: 5 pp}, {from: 50, at_least: 8 pp}]}"),)),
    Fault("by-people-unit", "unit-missing", "payments[0].only_if.by_people[0].at_least", "which is pp",
          ((CONTRACT, "only_if: {at_least: 5 pp}", "only_if: {by_people: [{from: 100, at_least: 5}]}"),)),
    Fault("by-people-of-claims", "people-of-what", "payments[2].only_if.by_people", "one measured result",
          homes(f"{HOMES}\n    only_if: {{by_people: [{{from: 100, at_least: 5}}]}}")),
    # limits
    Fault("composition-unknown", "line-unknown", "payments[2].limits.composition[0].from", 'Did you mean "stay"?',
          homes(f"{HOMES}\n    limits: {{composition: [{{share: 40 %, from: stya}}]}}")),
    Fault("composition-share", "share-range", "payments[2].limits.composition[0].share", "between 0 and 100 %",
          homes(f"{HOMES}\n    limits: {{composition: [{{share: 140 %, from: stay}}]}}")),
    Fault("composition-twice", "composition-twice", "payments[2].limits.composition[1].from", "is limited twice",
          homes(f"{HOMES}\n    limits: {{composition: [{{share: 40 %, from: stay}}, {{share: 50 %, from: stay}}]}}")),
    Fault("composition-of-an-effect", "outcomes-of-what", "payments[0].limits.composition", "outcomes that are counted",
          gain("pay: {amount: 5}\n    limits: {composition: [{share: 40 %, from: stay}]}")),
    Fault("per-person-of-an-effect", "per-person-of-what", "payments[0].limits.per_person", "needs claims",
          gain("pay: {per: 1 pp, amount: 5}\n    limits: {per_person: 100}")),
    Fault("per-person-negative", "negative-amount", "payments[2].limits.per_person", "must not be negative",
          homes(f"{HOMES}\n    limits: {{per_person: -100}}")),
    Fault("cut-of-nothing", "cut-of-what", "payments[0].limits.cut", "nothing is limited here",
          gain("pay: {amount: 5}\n    limits: {cut: pro rata}")),
    # money beside the price
    Fault("discount-of-all", "share-range", "payments[0].present_value.rate", "above -100 %",
          gain(f"{GAIN}\n    present_value: {{rate: -100 %, years: 3}}")),
    Fault("present-value-of-no-year", "present-value", "payments[0].present_value.years", "of 1 to 100 years",
          gain(f"{GAIN}\n    present_value: {{rate: 3 %, years: 0}}")),
    Fault("decay-of-more-than-all", "share-range", "payments[0].present_value.decay", "between 0 and 100 %",
          gain(f"{GAIN}\n    present_value: {{rate: 3 %, years: 2, decay: 110 %}}")),
    Fault("priced-in-unknown", "currency-unknown", "payments[0].priced_in.currency", "not an ISO 4217 currency",
          gain(f"{GAIN}\n    priced_in: {{currency: QQQ, rate: 2, source: Bank}}")),
    Fault("priced-in-own", "priced-in", "payments[0].priced_in.currency", "contract's own currency",
          gain(f"{GAIN}\n    priced_in: {{currency: GBP, rate: 2, source: Bank}}")),
    Fault("priced-in-for-nothing", "priced-in", "payments[0].priced_in.rate", "above zero",
          gain(f"{GAIN}\n    priced_in: {{currency: USD, rate: 0, source: Bank}}")),
    Fault("less-unknown", "amount-unknown", "payments[0].less.amount", 'Did you mean "core_price"?',
          gain(f"{GAIN}\n    less: {{amount: core_prices, because: paid by another}}")),
    # limits of the whole contract
    Fault("pot-unknown", "amount-unknown", "limits.at_most.of", 'Did you mean "core_price"?',
          added("limits: {at_most: {share: 100 %, of: core_prices}}")),
    Fault("pot-of-less-than-nothing", "share-range", "limits.each_year.share", "between 0 and 100 %",
          added("limits: {each_year: {share: -10 %, of: core_price}}")),
    Fault("yearly-pot-without-year", "year-unknown", "limits.each_year", "clause homes is for all cohorts together",
          added("limits: {each_year: 100000}")),
    Fault("yearly-pot-misses-a-year", "year-unknown", "limits.at_most", "says nothing for 2024-Q1, 2024-Q2, 2024-Q3, 2024-Q4 of clause table",
          homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{each: 5}}\nlimits: {{at_most: {{share: 100 %, of: pot}}}}",
                (CONTRACT, "core_price: 100000", "core_price: 100000\n  pot: {2023: 5}"))),
    Fault("two-limits-of-a-year", "limit-twice", "limits.at_most", "both limit the years",
          homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{each: 5}}\nlimits: {{each_year: 9, at_most: {{share: 100 %, of: pot}}}}",
                (CONTRACT, "core_price: 100000", "core_price: 100000\n  pot: {2024: 5}"))),
    Fault("each-year-off-step", "limit-off-step", "limits.each_year", "not a multiple of the step",
          homes(f"{COHORT}pay_for: {{claims: homes}}\n    pay: {{each: 5}}\nlimits: {{each_year: 9.10}}",
                (CONTRACT, "to: 0.01", "to: 1"))),
    Fault("ceiling-of-nobody", "payer-unknown", "limits.payers[0].payer", 'Did you mean "Council"?',
          added("limits: {payers: [{payer: Counsil, up_to: 5}]}")),
    Fault("ceiling-then-nobody", "payer-unknown", "limits.payers[0].then", "not one of the outcome payers",
          added("limits: {payers: [{payer: Council, up_to: 5, then: Fund}]}")),
    Fault("ceiling-twice", "payer-ceiling", "limits.payers[1].payer", "has a ceiling twice",
          added("limits: {payers: [{payer: Council, up_to: 5}, {payer: Council, up_to: 6}]}")),
    Fault("ceiling-then-a-ceiling", "payer-ceiling", "limits.payers[0].then", "has a ceiling too",
          added("limits: {payers: [{payer: Council, up_to: 5, then: Council}]}")),
    Fault("ceiling-negative", "negative-amount", "limits.payers[0].up_to", "must not be negative",
          added("limits: {payers: [{payer: Council, up_to: -5}]}")),
    # payers
    Fault("payers-later-sum", "payers-sum", "payments[0].payers", "shares from 2024-07-01 on do not add up",
          gain(f"{GAIN}\n    payers: [{{payer: Council, share: 100 %}}, {{payer: Council, share: 90 %, from: 2024-07-01}}]")),
    Fault("payers-before", "payers-dated", "payments[0].payers", "nothing says who pays before 2024-07-01",
          gain(f"{GAIN}\n    payers: [{{payer: Council, share: 100 %, from: 2024-07-01}}]")),
    Fault("payers-dated-together", "payers-dated", "payments[2].payers", "which cohorts here do not have",
          homes(f"{HOMES}\n    payers: [{{payer: Council, share: 100 %}}, {{payer: Council, share: 100 %, from: 2024-07-01}}]")),
    Fault("payer-chain", "payer-ceiling", "payments[0].payers[0].then", "has a ceiling too",
          gain(f"{GAIN}\n    payers: [{{payer: Council, share: 50 %, up_to: 5, then: Fund}}, "
               "{payer: Fund, share: 50 %, up_to: 5, then: Council}]",
               (CONTRACT, PAYERS, "outcome_payers: [Council, Fund]"))),
    # fees, days, savings
    Fault("fee-without-from", "fee-from", "payments[2].pay_for.fee", "the day from which it runs",
          homes("pay_for: {fee: month}\n    pay: {amount: 5}")),
    Fault("fee-by-cohort", "fee-cohort", "payments[2].for_each", "by the calendar, not by cohort",
          homes(f"{COHORT}pay_for: {{fee: once}}\n    pay: {{amount: 5}}")),
    Fault("fee-in-steps", "fee-price", "payments[2].pay", "a sum for each period",
          homes("pay_for: {fee: once}\n    pay: {steps: [{from: 1, amount: 5}]}")),
    Fault("saving-by-each", "each-of-what", "payments[2].pay", "a saving is money",
          homes("pay_for: {saving: bills}\n    pay: {each: 5}")),
    Fault("saving-in-tiers", "each-of-what", "payments[2].pay", "a saving is money",
          homes("pay_for: {saving: bills}\n    pay: {tiers: [{each: 5}]}")),
    Fault("days-by-share", "share-of-what", "payments[2].pay", "a quantity that is money",
          homes("pay_for: {days: care}\n    pay: {share: 50 %}")),
    # variations
    Fault("variation-of-nothing", "variation-empty", "variations[0]", "changes nothing",
          added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a}")),
    Fault("variation-price-unknown", "price-unknown", "variations[0].prices.hoem", 'Did you mean "home"?',
          added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {hoem: 5}}")),
    Fault("variation-of-a-table", "price-unknown", "variations[0].prices.table", "no single price",
          added("variations:\n  - {dated: 2024-05-01, applies_to: cohorts starting from, from: 2024-06-01, words: a, prices: {table: 5}}")),
    Fault("variation-of-an-effect-by-claim", "variation-of-what", "variations[0].prices.gain", "does not pay for claims",
          added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {gain: 5}}")),
    Fault("variation-of-claims-by-cohort", "variation-of-what", "variations[0].prices.home", "first day is known",
          added("variations:\n  - {dated: 2024-05-01, applies_to: cohorts starting from, from: 2024-06-01, words: a, prices: {home: 5}}")),
    Fault("variation-negative", "negative-amount", "variations[0].prices.home", "must not be negative",
          added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {home: -5}}")),
    Fault("varied-twice", "varied-twice", "variations[1].prices.home", "changes this price from 2024-06-01 too",
          added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {home: 5}}\n"
                "  - {dated: 2024-05-02, applies_to: claims from, from: 2024-06-01, words: b, prices: {home: 6}}")),
    Fault("varied-twice-by-two-dates", "varied-twice", "variations[1].prices.home", "changes this price from 2024-06-01 too",
          added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {home: 5}}\n"
                "  - {dated: 2024-05-02, applies_to: outcomes achieved from, from: 2024-06-01, words: b, prices: {home: 6}}")),
    Fault("variation-of-a-split-line", "price-unknown", "variations[0].prices.home", "Known here: gain, home.north, stay",
          (*added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {home: 5}}"),
           (CONTRACT, "every: quarter", "every: quarter\n  segments: {north: a}"),
           (CARD, "outcome,title,price,times_per_person,requires,maximum", "outcome,title,price,times_per_person,requires,maximum,segment"),
           (CARD, "home,Home found,500,1,,", "home,Home found,500,1,,,north"), (CARD, "home,40", "home,40,"))),
    # days and rate cards
    Fault("last-day-unknown", "cohort-unknown", "cohorts.last_days.2024-Q9", 'Did you mean "2024-Q4"?',
          ((CONTRACT, "every: quarter", "every: quarter\n  last_days: {2024-Q9: 2024-12-31}"),)),
    Fault("working-day-window", "working-days", "cohorts.results_after", "not in working days",
          ((CONTRACT, "every: quarter", "every: quarter\n  results_after: 20 working days"),)),
    Fault("window-without-end", "too-long", "metrics.reoffended.count.within", "longer than 100 years",
          ((CONTRACT, "better: lower", "better: lower, count: {event: offence, within: 99999 years}"),)),
    Fault("card-excludes-unknown", "requires-unknown", "rate-card.csv:3:7 excludes", 'Did you mean "home"?',
          ((CARD, "requires,maximum", "requires,maximum,excludes"), (CARD, "500,1,,", "500,1,,,"), (CARD, "home,40", "home,40,hoem"))),
    Fault("card-segment-unknown", "segment-unknown", "payments[2].rate_card.table", '"nrth", which is not a segment',
          ((CARD, "requires,maximum", "requires,maximum,segment"), (CARD, "500,1,,", "500,1,,,nrth"), (CARD, "home,40", "home,40,"))),
    Fault("card-negative-maximum", "negative-amount", "payments[2].rate_card.table", "maximum_amount",
          ((CARD, "requires,maximum", "requires,maximum,maximum_amount"), (CARD, "500,1,,", "500,1,,,-1"), (CARD, "home,40", "home,40,"))),
)  # fmt: skip


def problems_in(folder: Path, changes: tuple[Change, ...]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_changed(folder, *changes)
    return caught.value.problems


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_term_is_named_with_its_place_and_the_next_step(fault: Fault, tmp_path: Path) -> None:
    problems = problems_in(tmp_path, fault.changes)
    found = [p for p in problems if p.code == fault.code and p.where.endswith(fault.place) and fault.words in str(p)]
    assert len(found) == 1, "\n".join(map(str, problems))
    assert found[0].where[found[0].where.index(":") + 1].isdigit(), found[0].where
    assert found[0].hint, found[0]


def test_faults_of_many_terms_are_found_in_one_pass(tmp_path: Path) -> None:
    names = ("indexed-missing", "fee-without-from", "last-day-unknown")
    changes = [change for fault in FAULTS if fault.name in names for change in fault.changes]
    codes = sorted({problem.code for problem in problems_in(tmp_path, tuple(changes))})
    assert codes == ["cohort-unknown", "cohort-unpriced", "fee-from"]


GOOD = (
    gain(f"{GAIN}\n    indexed: {{2024: 103 %}}\n    present_value: {{rate: 3 %, years: 3}}"),
    ((CONTRACT, "against: fixed", "against: {2024-Q1: fixed, 2024-Q3: fixed}"),),
    index(HALVES),
    gain("pay: {amount: 5}\n    limits: {at_most: {share: 10 %, of: pot}}",
         (CONTRACT, "core_price: 100000", "core_price: 100000\n  pot: {2024: 500}")),
    homes("pay_for: {claims: homes}\n    pay: {bands: [{from: 0, each: 5}, {from: 9, each: 4}]}"),
    added("  - id: fee\n    pay_for: {fee: month}\n    from: 2024-01-01\n    pay: {amount: 5}"),
    homes(f"{COHORT}pay_for: {{days: care}}\n    pay: {{by: cohort, each: {{2024: 5}}}}"),
    ((CONTRACT, "less_than: 5 pp, repay: {amount: 100}}",
      "less_than: 5 pp, at_least: 0 pp, repay: {amount: 100}}\n      - {less_than: 0 pp, may_end_contract: true}"),),
    gain(f"{GAIN}\n    payers: [{{payer: Council, share: 100 %}}, {{payer: Fund, share: 100 %, from: 2024-07-01}}]",
         (CONTRACT, PAYERS, "outcome_payers: [Council, Fund]"),
         (CONTRACT, "repay: {amount: 100}}", "repay: {amount: 100}}\n    payers: [{payer: Fund, share: 100 %}]"),
         (CONTRACT, END, f"{END}\n    payers: [{{payer: Fund, share: 100 %}}]")),
    added("variations:\n  - {dated: 2024-05-01, applies_to: claims from, from: 2024-06-01, words: a, prices: {home: 5}}\n"
          "  - {dated: 2024-05-01, applies_to: cohorts starting from, from: 2024-07-01, words: b, prices: {gain: 6}}"),
)  # fmt: skip


@pytest.mark.parametrize("changes", GOOD)
def test_what_is_right_is_not_refused(changes: tuple[Change, ...], tmp_path: Path) -> None:
    load_changed(tmp_path, *changes)


CASE = "claims: [{clause: homes, counts: {home: 3, stay: 1}}]"
CASES = (
    ("counted: [{clause: homes, quantity: 3}]", "clause-unknown", "counted[0].clause"),
    ("claims: [{clause: homes, segment: nrth, counts: {home: 3}}]", "segment-unknown", "claims[0].segment"),
    ("claims: [{clause: homes, profiles: [{people: 1, each: {hom: 3}}]}]", "line-unknown", "profiles[0].each.hom"),
    (
        "claims: [{clause: homes, priced_from: 2024-06-01, counts: {home: 3}}]",
        "variation-unknown",
        "claims[0].priced_from",
    ),
)


@pytest.mark.parametrize(("new", "code", "place"), CASES)
def test_a_case_that_names_what_the_contract_does_not_have_is_refused(
    new: str, code: str, place: str, tmp_path: Path
) -> None:
    problems = problems_in(tmp_path, (("cases.yaml", CASE, new),))
    assert [problem.code for problem in problems] == [code]
    assert problems[0].where.endswith(place)


def test_a_case_that_expects_money_of_a_stranger_is_refused(tmp_path: Path) -> None:
    problems = problems_in(tmp_path, (("cases.yaml", "{homes: 2250.50}", "{homes: 2250.50}, payers: {Counsil: 5}"),))
    assert [problem.code for problem in problems] == ["payer-unknown"]
    assert problems[0].where.endswith("expect.payers.Counsil")
    assert 'Did you mean "Council"?' in problems[0].hint
