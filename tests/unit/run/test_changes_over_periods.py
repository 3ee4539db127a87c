"""Plans on changes over time, from files to an effect and its findings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.did.aggregate import average
from outcomes.counterfactual.did.group_time import group_time_panel
from outcomes.counterfactual.did.two_way import two_way_levels
from outcomes.errors import InputError, Refused
from outcomes.findings import CheckResult
from outcomes.run.objects import Run
from tests.people_files import DATA, deliver, run_files, write

YEARS = ("2018", "2019", "2020", "2021", "2022")
N = 120
RANDOM = np.random.default_rng(20)
START = np.where(np.arange(N) < 30, 2, np.where(np.arange(N) < 60, 3, 5))
SIZE = RANDOM.integers(1, 6, N).astype(float)
STAFF = RANDOM.normal(size=(N, 5)).round(3)
PAY = (
    100 + 5 * SIZE[:, None] + 2 * np.arange(5) + 4 * STAFF + 6 * (np.arange(5) >= START[:, None])
    + RANDOM.normal(size=(N, 5)) * 5
).round(2)  # fmt: skip
DELIVERY = (
    DATA.replace("index_date: start, eligible_from: first, eligible_until: until", "index_date: start")
    .replace("numbers: [age, need]", "numbers: [size]")
    .replace("categories: [area]", "categories: [begun]")
)
PERIODS = '["2018", "2019", "2020", "2021", "2022"]'
GROUP = "method: group-time, starts_in: begun, compare_with: not yet served, aggregate: simple"
DID = {
    "design": "did",
    "match": None,
    "covariates": None,
    "adjust": None,
    "inference": "{kind: influence}",
}


def people(begun: bool = True) -> str:
    lines = ["id,arm,start,size,begun"]
    for i in range(N):
        served = START[i] < 5
        day = f"{YEARS[START[i]]}-03-01" if served else ""
        arm, first = ("served", YEARS[START[i]]) if served else ("other", "")
        lines.append(f"u{i:03d},{arm},{day},{SIZE[i]:g},{first if begun else ''}")
    return "\n".join(lines) + "\n"


def values(skip: tuple[tuple[int, int], ...] = ()) -> str:
    rows = ["id,what,year,amount"]
    for i in range(N):
        for t, year in enumerate(YEARS):
            if (i, t) not in skip:
                rows.append(f"u{i:03d},pay,{year},{PAY[i, t]}")
            rows.append(f"u{i:03d},years,{year},{STAFF[i, t] + 10}")
    return "\n".join(rows) + "\n"


def ran(
    folder: Path,
    did: str,
    table: str = "",
    skip: tuple[tuple[int, int], ...] = (),
    trend: str = "additive",
    **plan: str | None,
) -> Run:
    data = folder / "data"
    deliver(data, "", DELIVERY, **{"people.csv": table or people(), "measures.csv": values(skip)})
    terms = f"{{data: panel, trend: {trend}, {did}}}"
    return run_files(write(folder / "contract", {**DID, "did": terms, **plan}), data)


def test_group_time_effects_of_a_delivery_are_those_of_the_arrays(tmp_path: Path) -> None:
    made = ran(tmp_path, f"periods: {PERIODS}, {GROUP}, estimator: doubly robust", covariates="[size]")
    (effect,) = made.effects
    from outcomes.counterfactual.did.cells import GroupTimeSpec

    spec = GroupTimeSpec("not yet served", "doubly robust")
    expected = average(group_time_panel(PAY, START.astype(np.int64), SIZE[:, None], spec), "simple")
    assert effect.difference is not None
    assert effect.standard_error is not None
    assert float(effect.difference) == pytest.approx(expected.overall, rel=1e-9)
    assert float(effect.standard_error) == pytest.approx(expected.standard_error, rel=1e-9)
    assert (effect.n_measured, effect.n_comparison) == (60, 60)
    assert any("doubly robust" in line for line in effect.method)
    states = {check.name: check.state for check in effect.checks}
    assert states["two-way"] == "warn"
    assert states["trends"] in ("pass", "warn")
    assert "placebo-date" in states


def test_days_of_start_and_first_days_of_periods_give_the_same(tmp_path: Path) -> None:
    days = ", ".join(f'"{year}": {year}-01-01' for year in YEARS)
    terms = f"periods: {PERIODS}, {GROUP}".replace("starts_in: begun", f"first_days: {{{days}}}")
    by_day = ran(tmp_path / "days", terms, people(begun=False))
    by_column = ran(tmp_path / "column", f"periods: {PERIODS}, {GROUP}")
    assert by_day.effects[0].difference == by_column.effects[0].difference


def test_a_staggered_two_way_effect_is_not_to_be_paid_on(tmp_path: Path) -> None:
    terms = f"periods: {PERIODS}, method: unit and period effects, starts_in: begun, covariates_by_period: [years]"
    made = ran(tmp_path, terms, inference="{kind: unit-clustered}")
    (effect,) = made.effects
    expected = two_way_levels(PAY, START.astype(np.int64), STAFF[:, :, None])
    assert effect.difference is not None
    assert float(effect.difference) == pytest.approx(expected.difference, rel=1e-9)
    found = next(check for check in effect.checks if check.name == "two-way")
    assert found.state == "fail" and found.blocking
    assert "write method: group-time" in found.sentence


def test_units_with_gaps_are_left_out_or_kept_as_the_plan_says(tmp_path: Path) -> None:
    skip = ((0, 1), (70, 4), (71, 0))
    without = ran(tmp_path / "without", f"periods: {PERIODS}, {GROUP}", skip=skip)
    kept = ran(tmp_path / "kept", f"periods: {PERIODS}, {GROUP}, incomplete: kept", skip=skip)
    assert (without.effects[0].n_measured, without.effects[0].n_comparison) == (59, 58)
    assert (kept.effects[0].n_measured, kept.effects[0].n_comparison) == (60, 60)
    assert any("which costs precision" in line for line in kept.effects[0].method)


def test_several_periods_before_and_after_collapse_to_one_change(tmp_path: Path) -> None:
    terms = 'earlier: "2018", before: ["2019", "2020"], after: ["2021", "2022"]'
    (effect,) = ran(tmp_path, terms, inference="{kind: hc2}").effects
    change = PAY[:, 3:].mean(axis=1) - PAY[:, 1:3].mean(axis=1)
    served = START < 5
    assert effect.difference is not None
    assert float(effect.difference) == pytest.approx(change[served].mean() - change[~served].mean(), rel=1e-9)
    assert {"trends", "placebo-date"} <= {check.name for check in effect.checks}


@pytest.mark.parametrize(
    "terms", ['before: "2020", after: "2022"', f"periods: {PERIODS}, method: unit and period effects, starts_in: begun"]
)
def test_the_multiplicative_trend_is_read(terms: str, tmp_path: Path) -> None:
    kind = "{kind: hc1}" if "before" in terms else "{kind: unit-clustered}"
    one = ran(tmp_path / "one", terms, inference=kind).effects[0].difference
    other = ran(tmp_path / "other", terms, trend="multiplicative", inference=kind).effects[0].difference
    assert one is not None and other is not None
    assert one != other
    assert float(one) == pytest.approx(float(other), abs=2)


def test_a_period_without_outcomes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no outcomes for 2023"):
        ran(tmp_path, f"periods: [{PERIODS[1:-1]}, '2023'], incomplete: kept, {GROUP}")


def test_starts_that_no_period_knows_are_status_2(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="start in what is no period of the plan: 2021"):
        ran(tmp_path, f"periods: ['2018', '2019', '2020'], {GROUP}")


def test_one_period_before_leaves_trends_unseen(tmp_path: Path) -> None:
    (effect,) = ran(tmp_path, 'before: "2020", after: "2022"', inference="{kind: hc2}").effects
    states = {check.name: check.state for check in effect.checks}
    assert states["trends"] == "not assessable"
    assert states["placebo-date"] == "not assessable"


def checks_of(folder: Path, grid: NDArray[np.float64], begun: NDArray[np.int64], terms: str) -> dict[str, CheckResult]:
    """The findings of a plan on `grid` (N, 5) whose units start at `begun` (N,), 5 for never."""
    lines, rows = ["id,arm,start,size,begun"], ["id,what,year,amount"]
    for i in range(N):
        served = begun[i] < 5
        lines.append(f"u{i:03d},{'served' if served else 'other'},,1,{YEARS[begun[i]] if served else ''}")
        rows += [f"u{i:03d},pay,{year},{grid[i, t]:.4f}" for t, year in enumerate(YEARS)]
    files = {"people.csv": "\n".join([*lines, ""]), "measures.csv": "\n".join([*rows, ""])}
    deliver(folder / "data", "", DELIVERY, **files)
    kind = "{kind: influence}" if "group-time" in terms else "{kind: unit-clustered}"
    plan = {**DID, "did": f"{{data: panel, periods: {PERIODS}, {terms}}}", "inference": kind}
    made = run_files(write(folder / "contract", plan), folder / "data")
    return {check.name: check for check in made.effects[0].checks}


def test_a_fake_start_reads_no_period_in_which_people_react_already(tmp_path: Path) -> None:
    begun = np.where(np.arange(N) < 60, 4, 5)
    noise = PAY - np.arange(5) * 2 - 6 * (np.arange(5) >= START[:, None])
    grid = noise + 50 * ((np.arange(5) >= 3) & (begun[:, None] == 4))
    found = checks_of(tmp_path, grid, begun, f"trend: additive, {GROUP}, anticipation: 1")["placebo-date"]
    early = np.where((np.arange(5) < 3) | (begun[:, None] == 5), grid, np.nan)
    fakes = [two_way_levels(early, np.where(begun == 4, 4 - shift, 5)) for shift in (2, 3)]
    worst = max(fakes, key=lambda levels: abs(levels.difference / levels.standard_error))
    assert found.state == "pass"
    assert found.number == pytest.approx(abs(worst.difference / worst.standard_error), rel=1e-4)
    assert "2 fake starts were tried" in found.sentence


def test_fake_starts_are_measured_on_the_scale_of_the_trend(tmp_path: Path) -> None:
    """Trends alike as ratios are not alike as amounts: that is no fault of a plan on ratios."""
    begun = np.where(np.arange(N) < 60, 3, 5)
    base = np.where(begun == 3, 50.0, 400.0)
    noise = np.random.default_rng(1).normal(size=(N, 5)) * 0.02
    grid = base[:, None] * 1.1 ** np.arange(5) * (1 + 0.3 * (np.arange(5) >= begun[:, None])) * np.exp(noise)
    terms = "method: unit and period effects, starts_in: begun, trend: "
    assert checks_of(tmp_path / "amounts", grid, begun, f"{terms}additive")["placebo-date"].state == "fail"
    assert checks_of(tmp_path / "ratios", grid, begun, f"{terms}multiplicative")["placebo-date"].state == "pass"


@pytest.mark.parametrize(
    ("data", "kind"), [("panel", "hc2"), ("panel", "cr2"), ("repeated cross-section", "influence")]
)
def test_trends_before_the_start_move_by_site_where_people_do(data: str, kind: str, tmp_path: Path) -> None:
    """Sites' own shocks are no trend: the errors of leads are those of sites, whatever rule the effect takes."""
    random = np.random.default_rng(4)
    site = np.repeat(np.arange(24), 5)
    grid = 100 + 9 * random.normal(size=(24, 5))[site] + random.normal(size=(N, 5))
    lines, rows = ["id,arm,start,size,begun,site"], ["id,what,year,amount"]
    for i in range(N):
        lines.append(f"u{i:03d},{'served' if site[i] < 12 else 'other'},,1,,s{site[i]}")
        rows += [f"u{i:03d},pay,{year},{grid[i, t]:.4f}" for t, year in enumerate(YEARS)]
    delivery = DELIVERY.replace("index_date: start", "index_date: start, cluster: site")
    files = {"people.csv": "\n".join([*lines, ""]), "measures.csv": "\n".join([*rows, ""])}
    deliver(tmp_path / "data", "", delivery, **files)
    terms = 'earlier: ["2018", "2019"], before: "2020", after: "2022"'
    plan = {**DID, "did": f"{{data: {data}, trend: additive, {terms}}}", "inference": f"{{kind: {kind}}}"}
    (effect,) = run_files(write(tmp_path / "contract", plan), tmp_path / "data").effects
    found = next(check for check in effect.checks if check.name == "trends")
    change = np.array([grid[site == place].mean(axis=0) for place in range(24)])
    ratios = []
    for lead in (0, 1):
        moved = change[:, lead] - change[:, 2]
        gap = moved[:12].mean() - moved[12:].mean()
        ratios.append(abs(gap) / np.sqrt(moved[:12].var() / 12 + moved[12:].var() / 12))
    assert found.state in ("pass", "warn")
    assert found.number == pytest.approx(max(ratios), rel=0.1)


def test_words_that_may_be_identifiers_are_never_shown(tmp_path: Path) -> None:
    rows = people().splitlines()
    named = [rows[0], *(f"{row.rsplit(',', 1)[0]},{row.split(',')[0]}" for row in rows[1:])]
    with pytest.raises(InputError, match="120 different words") as caught:
        ran(tmp_path, f"periods: {PERIODS}, {GROUP}", "\n".join(named) + "\n")
    assert "u00" not in str(caught.value)


def test_values_that_never_vary_are_said_not_to_tell_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.run.test_changes_over_periods.PAY", np.full((N, 5), 5.0))
    (effect,) = ran(tmp_path, f"periods: {PERIODS}, {GROUP}").effects
    assert effect.standard_error is None
    assert {check.name: check.state for check in effect.checks}["trend-sensitivity"] == "not assessable"
