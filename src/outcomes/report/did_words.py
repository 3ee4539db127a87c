"""The `did:` terms of a plan in plain English."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.did_terms import DidTerms

__all__ = ["did_words"]

_DATA = {
    "panel": "the same people or places are followed",
    "repeated cross-section": "different people are seen in each period",
    "group totals": "published totals of whole groups",
}
_TRENDS = {
    "additive": "without the programme both groups would have changed by the same amount",
    "multiplicative": "without the programme both groups would have changed by the same share",
}
_AVERAGES = {
    "simple": "all groups and periods served, by size",
    "group": "each group's mean over its periods served, by size",
    "dynamic": "the mean at each time since the start, then over these times",
    "calendar": "the mean in each period, then over periods",
}


def did_words(terms: DidTerms) -> Iterator[str]:
    """Every setting that decides the number."""
    yield _DATA[terms.data]
    if terms.method == "two by two":
        yield f"{_listed(terms.before)} before, {_listed(terms.after)} after"
    else:
        yield f"{len(terms.periods)} periods, from {terms.periods[0]} to {terms.periods[-1]}"
        yield (
            f"the start is read from {terms.starts_in}" if terms.starts_in else "the start follows from each start day"
        )
    if terms.earlier:
        yield f"{_listed(terms.earlier)} show how the groups moved earlier"
    yield _TRENDS[terms.trend]
    if terms.method == "unit and period effects":
        yield "one effect for all periods served, with unit and period effects"
    if terms.covariates_by_period:
        yield f"holding fixed what moves over time in {', '.join(terms.covariates_by_period)}"
    yield from _group_time(terms)
    if terms.incomplete == "kept":
        yield "units with gaps are kept"
    if terms.dispersion is not None:
        yield f"counts vary {float(terms.dispersion):g} times as much as chance alone would make them"


def _group_time(terms: DidTerms) -> Iterator[str]:
    if terms.method != "group-time":
        return
    yield f"those who start together are compared with people {terms.compare_with} ({terms.method})"
    if terms.estimator is not None:
        yield f"adjusted by {terms.estimator}"
    if terms.aggregate is not None:
        yield f"averaged: {_AVERAGES[terms.aggregate]} ({terms.aggregate})"
    if terms.anticipation:
        yield f"people may react {terms.anticipation} periods before their start"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
