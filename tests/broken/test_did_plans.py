"""Plans on changes over time whose terms do not fit together: one fault each, by place and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contract.small import faults_of, load_changed, the_fault
from tests.unit.contract.test_plan_checks import plan

YEARS = 'periods: ["2019", "2020", "2021"]'
DID = {
    "design": "did",
    "metrics": "[reoffended]",
    "comparison": "{who: people like them}",
    "did": "",
    "inference": "{kind: hc2}",
}
GROUP = f"{YEARS}, starts_in: begun, method: group-time, compare_with: never served, aggregate: simple"
TWO_WAY = f"{YEARS}, starts_in: begun, method: unit and period effects"
DAYS = '{"2019": 2019-01-01, "2020": 2020-01-01, "2021": 2021-01-01}'


def did(terms: str, trend: str = "additive", data: str = "panel", **more: str | None) -> tuple[str, str, str]:
    return plan(DID, did=f"{{data: {data}, trend: {trend}, {terms}}}", **more)


def group(terms: str, **more: str | None) -> tuple[str, str, str]:
    return did(terms, **{"inference": "{kind: influence}", **more})  # type: ignore[arg-type]


def two_way(terms: str, **more: str | None) -> tuple[str, str, str]:
    return did(terms, **{"inference": "{kind: unit-clustered}", **more})  # type: ignore[arg-type]


GOOD = (
    did('before: "2019", after: "2020"'),
    did('before: ["2018", "2019"], after: ["2020", "2021"], earlier: "2017"'),
    did('before: "2019", after: "2020"', trend="multiplicative"),
    group(GROUP),
    group(f"{GROUP}, estimator: doubly robust, anticipation: 1", covariates="[age]"),
    group(f"{GROUP}, incomplete: kept"),
    group(GROUP, data="repeated cross-section"),
    group(f"{YEARS}, first_days: {DAYS}, method: group-time, compare_with: not yet served, aggregate: group"),
    two_way(TWO_WAY),
    two_way(TWO_WAY, trend="multiplicative"),
)


def totals(terms: str, **more: str | None) -> tuple[str, str, str]:
    return did(
        f'before: "2019", after: "2020"{terms}', data="group totals", **{"inference": "{kind: published}", **more}
    )  # type: ignore[arg-type]


GOOD = (
    *GOOD,
    totals(""),
    totals(", earlier: [2017, 2018]", trend="multiplicative", inference="{kind: sampling_only}"),
)


@pytest.mark.parametrize("change", GOOD)
def test_what_fits_together_is_taken(change: tuple[str, str, str], tmp_path: Path) -> None:
    load_changed(tmp_path, change)


TOTALS = (
    (totals("", covariates="[age]"), "setting-unused", "covariates needs people"),
    (totals("", weight="{kind: entropy}"), "setting-unused", "weight needs people"),
    (totals(", dispersion: 0"), "dispersion", "do not vary"),
    (totals(", dispersion: 2"), "setting-unused", "measures none"),
    (totals("", inference="{kind: hc2}"), "inference", "no hc2 variance"),
    (did('before: "2019", after: "2020", dispersion: 2'), "setting-unused", "measured, not stated"),
    (did('before: "2019", after: "2020"', inference="{kind: published}"), "inference", "no published variance"),
    (
        did(TWO_WAY, data="group totals", inference="{kind: published}"),
        "did-method",
        "two by two",
    ),
)


@pytest.mark.parametrize(("change", "code", "words"), TOTALS)
def test_a_plan_on_totals_reads_no_people(change: tuple[str, str, str], code: str, words: str, tmp_path: Path) -> None:
    problems = faults_of(tmp_path, change)
    assert any(problem.code == code and words in problem.message for problem in problems), problems


FAULTS = (
    (did('after: "2020"'), "setting-missing", "did", "needs before", "decides the number"),
    (group(YEARS + ", method: group-time, starts_in: begun, aggregate: simple"), "setting-missing", "did",
     "needs compare_with", "decides the number"),
    (group(GROUP, covariates="[age]"), "setting-missing", "did", "needs estimator", "decides the number"),
    (did('before: "2019", after: "2020", compare_with: never served'), "setting-unused", "did.compare_with",
     "no meaning with the method two by two", "group-time"),
    (group(GROUP + ', before: "2018"'), "setting-unused", "did.before", "no meaning with the method group-time",
     "two by two"),
    (did('before: ["Year A", "year  a"], after: "2020"'), "period-twice", "did.before", "once: year a",
     "once"),
    (did('before: "2019", after: "2019"'), "period-twice", "did.before", "named more than once: 2019", "once"),
    (group('periods: ["2019"], starts_in: begun, method: group-time, compare_with: never served, aggregate: simple'),
     "period-one", "did.periods", "one period shows no change", "at least two"),
    (group(GROUP + ", anticipation: 2"), "anticipation", "did.anticipation", "no period is left", "fewer"),
    (group(f"{YEARS}, method: group-time, compare_with: never served, aggregate: simple"), "starts", "did",
     "nobody knows in which period a unit starts", "starts_in:"),
    (group(f"{GROUP}, first_days: {DAYS}"), "starts", "did.starts_in", "said twice", "first_days:"),
    (two_way(f'{YEARS}, method: unit and period effects, first_days: {{"2019": 2019-01-01}}'), "first-days",
     "did.first_days", "2020, 2021: no first day", "each period"),
    (two_way(f"{YEARS}, method: unit and period effects, first_days: " + DAYS.replace("2020-01", "2022-01")),
     "first-days", "did.first_days", "not in the order", "order of time"),
    (two_way(TWO_WAY, data="repeated cross-section"), "did-data", "did.data", "same units in every period",
     "data: panel"),
    (group(GROUP, trend="multiplicative"), "did-trend", "did.trend", "additive scale", "trend: additive"),
    (group(GROUP + ", estimator: ipw"), "setting-unused", "did.estimator", "all estimators are the same", "covariates"),
    (two_way(TWO_WAY, covariates="[age]"), "setting-unused", "did.method", "unit effects already",
     "covariates_by_period"),
    (two_way(TWO_WAY + ", covariates_by_period: [reoffended]"), "outcome-as-covariate", "did.covariates_by_period",
     "cannot be held fixed", "Take it out"),
    (did('before: "2019", after: "2020", incomplete: kept'), "setting-unused", "did.incomplete", "several periods",
     "Leave it out."),
    (group(GROUP, inference="{kind: hc2}"), "inference", "inference.kind", "has no hc2 variance", "influence"),
    (group(GROUP, inference="{kind: site means}"), "inference", "inference.kind",
     "group-time has no site means variance for few sites", "did: {method: two by two}"),
    (two_way(TWO_WAY, inference="{kind: cr2}"), "inference", "inference.kind",
     "unit and period effects has no cr2 variance for few sites", "inference: {kind: site means}"),
    (group(GROUP, match="{sets: 1}", covariates="[age]"), "did-match", "match",
     "must be seen in both periods", "before: and after:"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place", "words", "hint"), FAULTS)
def test_each_fault_is_named_with_its_place_and_the_next_step(
    change: tuple[str, str, str], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, change)
    assert problem.where.startswith("evaluation.yaml:")
    assert place in problem.where
    assert words in problem.message
    assert hint in problem.hint
