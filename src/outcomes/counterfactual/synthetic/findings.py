"""What must be seen of a mix of donors before it is believed: fit, donors, range, chance, a fake start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from outcomes.counterfactual.synthetic.areas import AreaPaths
from outcomes.counterfactual.synthetic.control import AreaFit
from outcomes.counterfactual.synthetic.simplex import Mix, range_of_mixes
from outcomes.findings import CheckResult, State
from outcomes.numbers import show_number

__all__ = ["area_findings", "donor_words"]

Fitter = Callable[[AreaPaths], AreaFit]

_CLOSE, _FAR = 0.25, 0.5
"""Gap before the start over the spread between donors: up to the first fine, beyond the second not followed."""
_CARRIES = 0.5
_FEW_PERIODS = 6
_USED = 0.005
_MOST_LEFT_OUT = 25


def donor_words(areas: AreaPaths, fit: AreaFit) -> str:
    """The donor table in one sentence, largest weight first."""
    order = [j for j in np.argsort(-fit.weights, kind="stable") if fit.weights[j] >= _USED]
    listed = ", ".join(f"{areas.names[j]} {100 * fit.weights[j]:.1f} %" for j in order[:12])
    more = f" and {len(order) - 12} more" if len(order) > 12 else ""
    return f"Donors and their weights: {listed}{more}; the others of {len(areas.names)} under 0.5 % each."


def area_findings(areas: AreaPaths, fit: AreaFit, fitter: Fitter) -> tuple[CheckResult, ...]:
    """Everything but chance; `fitter` makes the same fit on other areas or periods."""
    found = [*_incomplete(areas), _before(areas, fit), *_periods(areas), _carried(areas, fit), _range(areas, fit)]
    found += [*_only_one(areas, fit), _left_out(areas, fit, fitter), _fake_start(areas, fit, fitter)]
    return tuple(found)


def _incomplete(areas: AreaPaths) -> Iterator[CheckResult]:
    if areas.incomplete:
        names = ", ".join(areas.incomplete[:5])
        more = f" and {len(areas.incomplete) - 5} more" if len(areas.incomplete) > 5 else ""
        sentence = f"Areas to compare with that lack a period, and are left out: {names}{more}."
        yield CheckResult("areas-incomplete", "warn", sentence, number=float(len(areas.incomplete)))


def _before(areas: AreaPaths, fit: AreaFit) -> CheckResult:
    """How closely the mix followed the programme's path before the start."""
    values = areas.donors[: areas.fitted]
    if fit.period_weights is not None:  # levels are left to the difference: shapes are compared
        values = values - values.mean(axis=0)
    spread = float(np.sqrt(np.mean((values - values.mean(axis=1, keepdims=True)) ** 2)))
    if spread == 0:
        return CheckResult("fit-before", "not assessable", "All donors had the same values before the start.")
    share = fit.before / spread
    state: State = "pass" if share <= _CLOSE else "warn" if share <= _FAR else "fail"
    sentence = (
        f"Before the start the mix misses the programme's path by {_shown(fit.before)} in a typical period, "
        f"{100 * share:.0f} % of the spread between donors"
    )
    ends = {"pass": "close.", "warn": "not close.", "fail": "it does not follow the path, and should not stand for it."}
    return CheckResult("fit-before", state, f"{sentence}: {ends[state]}", number=share, threshold=_CLOSE)


def _periods(areas: AreaPaths) -> Iterator[CheckResult]:
    if areas.fitted < _FEW_PERIODS:
        sentence = f"Only {areas.fitted} periods before the start: a mix can follow so few by luck."
        yield CheckResult("few-periods", "warn", sentence, number=float(areas.fitted), threshold=float(_FEW_PERIODS))


def _carried(areas: AreaPaths, fit: AreaFit) -> CheckResult:
    largest = int(np.argmax(fit.weights))
    share = float(fit.weights[largest])
    worth = 1 / float(np.sum(fit.weights**2))
    sentence = f"The mix is worth {worth:.1f} areas of equal weight; {areas.names[largest]} carries {100 * share:.0f} %"
    if share <= _CARRIES:
        return CheckResult("one-donor", "pass", f"{sentence}.", number=share, threshold=_CARRIES)
    return CheckResult(
        "one-donor", "warn", f"{sentence}: what happens there decides.", number=share, threshold=_CARRIES
    )


def _range(areas: AreaPaths, fit: AreaFit) -> CheckResult:
    """No mix can follow a path outside the donors' own."""
    if fit.period_weights is not None:
        sentence = "Levels are left to the difference: the programme's may lie outside the donors'."
        return CheckResult("donors-range", "not applicable", sentence)
    values, target = areas.donors[: areas.fitted], areas.target[: areas.fitted]
    outside = int(np.sum((target > values.max(axis=1)) | (target < values.min(axis=1))))
    if not outside:
        sentence = "The programme's path before the start lies within the donors' in every period."
        return CheckResult("donors-range", "pass", sentence, number=0.0)
    sentence = (
        f"The programme's value lies beyond every donor's in {outside} of {areas.fitted} periods before the start: "
        "no mix of them can follow it."
    )
    return CheckResult("donors-range", "warn", sentence, number=float(outside))


def _only_one(areas: AreaPaths, fit: AreaFit) -> Iterator[CheckResult]:
    if fit.only_one:
        return
    before, later = areas.donors[: areas.fitted], areas.donors[areas.served :].mean(axis=0)
    ends = range_of_mixes(areas.target[: areas.fitted], before, Mix(fit.weights, fit.before, False), later)
    low, high = (_shown(fit.treated - level) for level in reversed(ends))
    sentence = (
        "Other weights follow the path before the start as closely; the difference could be anything from "
        f"{low} to {high}. The most even of them are taken."
    )
    yield CheckResult("weights-not-unique", "warn", sentence, number=ends[1] - ends[0])


def _left_out(areas: AreaPaths, fit: AreaFit, fitter: Fitter) -> CheckResult:
    """The effect without each donor in turn."""
    used = [j for j in np.argsort(-fit.weights, kind="stable") if fit.weights[j] >= _USED][:_MOST_LEFT_OUT]
    if len(areas.names) < 3:
        return CheckResult("leave-one-out", "not assessable", "Two donors: neither can be left out.")
    effects = [fitter(areas.without(int(j))).effect for j in used]
    low, high = min(effects), max(effects)
    at = areas.names[used[int(np.argmax(np.abs(np.array(effects) - fit.effect)))]]
    sentence = (
        f"Leaving out one donor at a time moves the difference between {_shown(low)} and {_shown(high)} "
        f"(with all {_shown(fit.effect)}); most without {at}."
    )
    flips = low < 0 < high or abs(max(high - fit.effect, fit.effect - low)) > abs(fit.effect) / 2
    return CheckResult("leave-one-out", "warn" if flips else "pass", sentence, number=high - low)


def _fake_start(areas: AreaPaths, fit: AreaFit, fitter: Fitter) -> CheckResult:
    """The same with a start that is too early: what is found there was not the programme, or came before it."""
    early = max(areas.fitted // 4, 1)
    fitted = areas.fitted - early
    if fitted < 2:
        sentence = "Too few periods before the start to try an earlier one."
        return CheckResult("earlier-start", "not assessable", sentence)
    until = areas.fitted
    shorter = replace(
        areas,
        treated=areas.treated[:until],
        donors=areas.donors[:until],
        periods=areas.periods[:until],
        fitted=fitted,
        served=fitted,
    )
    fake = fitter(shorter).effect
    sentence = (
        f"With a made-up start in {areas.periods[fitted]} the method finds {_shown(fake)} over the periods "
        f"up to {areas.periods[until - 1]}, before the programme; from the true start {_shown(fit.effect)}."
    )
    large = abs(fake) > abs(fit.effect) / 2
    if large:
        sentence += " The paths part before the start: something else moved them, or it was anticipated."
    return CheckResult("earlier-start", "warn" if large else "pass", sentence, number=fake)


def _shown(value: float) -> str:
    return show_number(value, 2 if abs(value) >= 10 else 4)
