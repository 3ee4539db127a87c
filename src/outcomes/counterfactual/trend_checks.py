"""Whether the groups moved alike before the start: the findings of a plan on changes over time.

Lives here: which event study and which fake starts a plan's data allow.  Does not live
here: the event studies (`did/`) and what is made of them in words (`trends/`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import DidTerms, EvaluationPlan
from outcomes.counterfactual.did.aggregate import event_study
from outcomes.counterfactual.did.bacon import bacon_check
from outcomes.counterfactual.did.cells import GroupTimeSpec
from outcomes.counterfactual.did.few_treated import clusters_check
from outcomes.counterfactual.did.group_time import GroupTime, Observed, group_time_repeated
from outcomes.counterfactual.did.poisson_panel import poisson_event_study, poisson_levels
from outcomes.counterfactual.did.two_way import two_way_event_study, two_way_levels
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.over_periods import measure_group_time, moving_columns, starts_of, value_grid
from outcomes.counterfactual.people import MeasuredPeople
from outcomes.counterfactual.trends.event_study import EventStudy
from outcomes.counterfactual.trends.leads import leads_check
from outcomes.counterfactual.trends.placebo import (
    placebo_date_check,
    placebo_dates,
    placebo_group_check,
    placebo_groups,
)
from outcomes.counterfactual.trends.sensitivity import sensitivity_check
from outcomes.errors import InputError, Refused
from outcomes.findings import CheckResult

__all__ = ["leads_of", "trend_checks", "trends_check", "two_way_check"]

_MOST_GROUPS, _MOST_SHIFTS = 200, 5
_ON_RATIOS = "On the scale of ratios, where 0.05 is about 5 %. "


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """The panel that trends are looked at in.

    Attributes
    ----------
    grid : ndarray of float64, shape (n, T)
    start : ndarray of int64, shape (n,)
        First period served; T for never.
    weights : ndarray of float64, shape (n,)
    columns : ndarray of float64, shape (n, T, k), or None
    site : ndarray of int64, shape (n,), or None
    ratios : bool
        Whether trends are alike as ratios.
    anticipation : int
        Periods before the start in which people may react already.
    """

    grid: NDArray[np.float64]
    start: NDArray[np.int64]
    weights: NDArray[np.float64]
    columns: NDArray[np.float64] | None
    site: NDArray[np.int64] | None
    ratios: bool
    anticipation: int

    @property
    def starts(self) -> NDArray[np.int64]:
        """The different starts of units that are used, ascending."""
        used = (self.weights > 0) & (self.start > 0) & (self.start < self.grid.shape[1])
        return np.unique(self.start[used])


def trend_checks(
    outcomes: Panel, people: MeasuredPeople, comparison: PeopleComparison, plan: EvaluationPlan
) -> tuple[CheckResult, ...]:
    """Leads, what it would take to overturn the effect, fake starts and groups, two-way weights."""
    terms = plan.did
    if terms is None:
        return ()
    found = list(_leads(leads_of(outcomes, comparison, plan), plan, terms))
    if terms.data != "panel":
        return tuple(found)
    subject = _subject(outcomes, comparison, plan, terms)
    found.append(_fake_starts(subject, people))
    found += _fake_groups(subject, comparison, people)
    if terms.method != "two by two":
        found.append(clusters_check(people.levels, comparison.treated, _compared(subject, terms)))
    if subject.starts.size > 1:
        found.append(_two_way(subject, terms))
    return tuple(found)


def _compared(subject: _Subject, terms: DidTerms) -> NDArray[np.bool_] | None:
    """Who ever stands as one to compare with, shape (n,), where those not yet served do: all but the first to start."""
    if terms.compare_with != "not yet served" or not subject.starts.size:
        return None
    return np.asarray(subject.start > subject.starts[0])


def two_way_check(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> CheckResult | None:
    """What a single effect of a staggered programme rests on; None where all start at once."""
    assert plan.did is not None  # the caller has looked
    subject = _subject(outcomes, comparison, plan, plan.did)
    return _two_way(subject, plan.did) if subject.starts.size > 1 else None


def leads_of(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> EventStudy | None:
    """The event study behind the findings on trends, on the universal base; None where the data allow none."""
    terms = plan.did
    if terms is None:
        return None
    try:
        return _event_study(outcomes, comparison, plan, terms)
    except (InputError, Refused):
        return None


def _subject(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms) -> _Subject:
    grid = value_grid(outcomes, comparison)
    if terms.method == "two by two":
        first = len(terms.earlier) + len(terms.before)
        start = np.where(comparison.treated, first, grid.shape[1]).astype(np.int64)
    else:
        start = starts_of(comparison, grid.shape[1])
    columns, site = moving_columns(outcomes, comparison), _site(comparison, plan)
    return _Subject(grid, start, comparison.weights, columns, site, terms.trend == "multiplicative", terms.anticipation)


def _leads(study: EventStudy | None, plan: EvaluationPlan, terms: DidTerms) -> tuple[CheckResult, ...]:
    """The leads, and how far trends may differ; a trend that was seen to differ is not to be paid on."""
    if study is None:
        sentence = "The periods before the start do not allow a look at trends: too few units were seen in them."
        if terms.trend == "multiplicative" and terms.method != "two by two":
            sentence = "Trends as ratios are looked at only where all start at once and every period has events."
        return (CheckResult("trends", "not assessable", sentence),)
    found = [trends_check(study, plan.seed)]
    if study.leads.any():
        found.append(_sensitivity(study, plan.seed))
    if terms.trend == "multiplicative":
        found = [replace(check, sentence=_ON_RATIOS + check.sentence) for check in found]
    return tuple(found)


def _sensitivity(study: EventStudy, seed: int) -> CheckResult:
    """The finding ``trend-sensitivity``; values that do not vary leave nothing to gauge it by."""
    try:
        return sensitivity_check(study, seed=seed)
    except (InputError, Refused) as error:
        sentence = f"How far trends might differ cannot be gauged: {error.problems[0].message}"
        return CheckResult("trend-sensitivity", "not assessable", sentence)


def _event_study(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms) -> EventStudy:
    """Leads and lags on the universal base, by the plan's own method where it has them."""
    if terms.data != "panel" and terms.method == "two by two":
        return _of_different_people(outcomes, comparison, plan, terms)
    several = comparison.start is not None and np.unique(comparison.start[comparison.start > 0]).size > 1
    if terms.method == "group-time" or (several and terms.trend == "additive"):
        return _clustered(measure_group_time(outcomes, comparison, plan, terms), _site(comparison, plan))
    subject = _subject(outcomes, comparison, plan, terms)
    if subject.ratios:
        return poisson_event_study(subject.grid, subject.start, weights=subject.weights, cluster=subject.site)
    return two_way_event_study(subject.grid, subject.start, subject.columns, subject.weights, subject.site)


def _site(comparison: PeopleComparison, plan: EvaluationPlan) -> NDArray[np.int64] | None:
    """The site of each unit, shape (n,), whichever rule for sites the effect itself takes."""
    alone = plan.inference is not None and plan.inference.kind == "sampling_only"
    return None if comparison.cluster is None or alone else comparison.cluster.astype(np.int64)


def _clustered(found: GroupTime, site: NDArray[np.int64] | None) -> EventStudy:
    """The event study with what moves together, and its degrees of freedom, as the effect itself has them."""
    together = found.unit if site is None else site[found.unit]
    freedom = max(int(np.unique(together).size) - int(np.unique(found.start).size), 1)
    return event_study(found, together, float(freedom))


def trends_check(study: EventStudy, seed: int) -> CheckResult:
    """The finding ``trends``, which blocks where the groups were seen to move apart."""
    found = leads_check(study, seed=seed)
    return replace(found, blocking=found.state == "fail")


def _of_different_people(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms
) -> EventStudy:
    """The same from repeated cross-sections of two groups."""
    used = comparison.weights[outcomes.codes] > 0
    codes, period = outcomes.codes[used].astype(np.int64), outcomes.period[used].astype(np.int64)
    total = len(outcomes.periods)
    start = np.where(comparison.treated, len(terms.earlier) + len(terms.before), total).astype(np.int64)
    seen = Observed(codes, period, outcomes.values[used], by_unit=False)
    return _clustered(group_time_repeated(seen, start, None, total, GroupTimeSpec()), _site(comparison, plan))


def _fake_starts(subject: _Subject, people: MeasuredPeople) -> CheckResult:
    """The effect of starts that never were, on values before the true one and before anybody reacts to it."""
    place, ahead = np.arange(subject.grid.shape[1]), subject.anticipation
    never = subject.start >= subject.grid.shape[1]
    early = np.where((place < subject.start[:, None] - ahead) | never[:, None], subject.grid, np.nan)
    most = int(subject.starts[0]) - 1 if subject.starts.size else 0

    def effect(shift: int) -> tuple[float, float, float]:
        moved = np.where(never, subject.start, subject.start - shift)
        if subject.ratios:
            levels = poisson_levels(early, moved, weights=subject.weights, cluster=subject.site)
        else:
            levels = two_way_levels(early, moved, subject.columns, subject.weights, subject.site)
        return levels.difference, levels.standard_error, levels.rule.degrees_of_freedom

    shifts = range(1 + ahead, min(most, _MOST_SHIFTS + ahead) + 1)
    return placebo_date_check(placebo_dates(effect, shifts), people.levels.difference)


def _fake_groups(subject: _Subject, comparison: PeopleComparison, people: MeasuredPeople) -> tuple[CheckResult, ...]:
    """Each comparison site taken as the one that was served: changes from before the first start to after it."""
    if comparison.cluster is None or not subject.starts.size:
        return ()
    first = int(subject.starts[0])
    before, after = _mean_seen(subject.grid[:, :first]), _mean_seen(subject.grid[:, first:])
    usable = np.isfinite(before + after) & ~comparison.treated & (subject.weights > 0)
    groups = np.unique(comparison.cluster[usable])
    if not 1 < groups.size <= _MOST_GROUPS:
        return ()

    def moved(rows: NDArray[np.bool_]) -> float:
        share = subject.weights[rows] / subject.weights[rows].sum()
        early, late = float(share @ before[rows]), float(share @ after[rows])
        if not subject.ratios:
            return late - early
        return math.log(late / early) if min(early, late) > 0 else math.nan

    def of_group(group: int) -> float:
        mine = usable & (comparison.cluster == group)
        return moved(mine) - moved(usable & ~mine)

    own, levels = people.levels.difference, people.levels
    if subject.ratios and not min(levels.treated, levels.counterfactual) > 0:
        return ()  # no ratio to set beside theirs
    if subject.ratios:
        own = math.log(levels.treated / levels.counterfactual)
    found = placebo_group_check(placebo_groups(own, of_group, groups.tolist()))
    return (replace(found, sentence=_ON_RATIOS + found.sentence) if subject.ratios else found,)


def _mean_seen(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's mean over what was seen, shape (n,); NaN where nothing was."""
    seen = np.isfinite(values)
    count = seen.sum(axis=1)
    return np.where(count > 0, np.where(seen, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _two_way(subject: _Subject, terms: DidTerms) -> CheckResult:
    """The finding ``two-way``, on the plan's scale of the trend."""
    used = subject.weights > 0
    if not subject.ratios:
        return _headline(bacon_check(subject.grid[used], subject.start[used]), terms)
    sentence = (
        "With staggered starts a single ratio compares people with others already served, "
        "whose own effect is then taken for what would have happened anyway."
    )
    return _headline(CheckResult("two-way", "warn", sentence), terms)


def _headline(found: CheckResult, terms: DidTerms) -> CheckResult:
    """A two-way effect of a staggered programme is never paid on."""
    if terms.method != "unit and period effects":
        return found
    sentence = (
        f"{found.sentence} The plan pays on this number, which must not be: "
        "write method: group-time, with trend: additive."
    )
    return replace(found, state="fail", blocking=True, sentence=sentence)
