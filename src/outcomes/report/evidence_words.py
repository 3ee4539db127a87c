"""Evidence that was checked by sample, in a finance officer's words: what was found, what is recovered, why."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from outcomes.claims.recovery import EvidenceCheck
from outcomes.contract.terms import EvidenceChecks
from outcomes.report.words import money, percent

__all__ = ["check_sentences", "recovery_rule_words"]

_RULES = {
    "point": "the share of money found to be paid in error is recovered from all claims that the sample stands for",
    "lower end": (
        "the lower end of the {confidence} range of the share of money paid in error is recovered from all claims that "
        "the sample stands for"
    ),
    "only errors found": "only the errors found are recovered; nothing is recovered for claims that were not checked",
}


def recovery_rule_words(checks: EvidenceChecks) -> str:
    """The contract's rule after a colon: ``only the errors found are recovered; ...``."""
    words = _RULES[checks.recover].format(confidence=percent(checks.confidence))
    if checks.recover == "lower end" and checks.sides == "one":
        words += f", with {percent(checks.confidence)} for this end alone"
    return f"{words}."


def check_sentences(check: EvidenceCheck, currency: str) -> tuple[str, ...]:
    """What was checked, what was found with its range, and how the recovery follows."""
    return tuple(_sentences(check, currency))


def _sentences(check: EvidenceCheck, currency: str) -> Iterator[str]:
    count, by_money = check.by_count, check.by_money
    whole = check.checked == check.claims
    yield f"{check.checked:,} of {check.claims:,} claims were checked; {_found(check)}."
    if whole:
        share = f"{percent(by_money.rate)} of {money(check.money, currency)}"
        yield f"Every claim was checked, so there is nothing to estimate: {share} was paid in error."
    else:
        if abs(count.rate * check.checked - len(check.wrong)) > Fraction(1, 2):
            yield "Claims of each kind stand for their own kind only; the share of all is not that of the sample."
        yield f"Of all claims an estimated {percent(count.rate)} are in error, and {_range(check, 'count')}."
        yield (
            f"Of the {money(check.money, currency)} paid for them an estimated {percent(by_money.rate)} was paid in "
            f"error, and {_range(check, 'money')}."
        )
    yield from _why(check, currency)


def _found(check: EvidenceCheck) -> str:
    """How many were found wrong: without anything right, or in part."""
    none = sum(one.right == 0 for one in check.wrong)
    part = len(check.wrong) - none
    found = [f"{none:,} had no evidence for any of their amount"] if none else []
    found += [f"{part:,} had evidence for a part of it"] if part else []
    return " and ".join(found) or "no error was found"


def _range(check: EvidenceCheck, by: str) -> str:
    rate = check.by_count if by == "count" else check.by_money
    each = " at each end" if check.sides == "one" else ""
    return f"with {percent(check.confidence)} confidence{each} between {percent(rate.low)} and {percent(rate.high)}"


def _why(check: EvidenceCheck, currency: str) -> Iterator[str]:
    recovered, found = money(check.recovery, currency), money(check.found, currency)
    if check.rule is None:
        yield "The contract has no rule on what is recovered where evidence is checked by sample: nothing is recovered."
        return
    clause = f" ({check.clause})" if check.clause else ""
    if check.rule == "only errors found":
        yield f"The contract recovers only the errors found{clause}: {recovered}."
        return
    share = check.by_money.rate if check.rule == "point" else check.by_money.low
    what = "the share of money found in error" if check.rule == "point" else "the lower end of this range"
    yield f"The contract recovers {what}{clause}: {percent(share)} of {money(check.money, currency)}, {recovered}."
    if check.recovery:
        yield f"The errors found, {found}, are part of this and are not taken off again."
    if check.lost:
        yield (
            f"These claims have lost {money(check.lost, currency)} in another way since the sample was drawn; of that "
            "nothing is recovered again."
        )
