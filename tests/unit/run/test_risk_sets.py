"""Comparison people who start on the day of those they are matched with: from files to an effect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outcomes.cohort.observe import observe
from outcomes.cohort.outcomes import Sample
from outcomes.counterfactual.objects import EffectKey, PeopleComparison
from outcomes.counterfactual.sets import pair_labels
from outcomes.errors import InputError, Refused
from outcomes.run.design import Designed, design_groups
from outcomes.run.objects import Run
from tests.people_files import DATA, deliver, load, run_files, write
from tests.soundness import assert_sound

PLAN: dict[str, str | None] = {
    "comparison": "{who: those not yet served, index_date: risk_set}",
    "match": "{distance: mahalanobis, order: data}",
    "covariates": "[age]",
    "inference": "{kind: hc1}",
}
TABLES = """\
  events: {files: [events.csv], columns: {person: id, event: what, date: day}}
  observed: {files: [observed.csv], columns: {person: id, from: from, until: until}}
"""
EVENTS = DATA[: DATA.index("  measures")] + TABLES
# a is served on 1 March with b (never served) and c (served on 1 June) to choose from; c then has d.
SMALL = (
    "a,served,2021-03-01,2021-01-01,,30,0,north\n"
    "b,other,,2021-01-01,,20,0,north\n"
    "c,served,2021-06-01,2021-01-01,,31,0,north\n"
    "d,other,,2021-04-01,,32,0,north\n"
    "e,other,,2021-01-01,2021-05-31,28,0,north\n"
)
SEEN = "id,from,until\n" + "".join(f"{who},2021-01-01,2022-12-31\n" for who in "abcde")
KEY = EffectKey("plan", "returned", "all cohorts together", "everyone")


def folders(
    place: Path, people: str = SMALL, events: str = "", data: str = EVENTS, seen: str = SEEN, **plan: str | None
) -> tuple[Path, Path]:
    files = {"events.csv": "id,what,day\n" + events, "observed.csv": seen}
    delivered = deliver(place / "data", people, data, **files)
    return write(place / "contract", {**PLAN, **plan}, "returned"), delivered


def designed(place: Path, people: str = SMALL, events: str = "", **more: str) -> Designed:
    contract, records = load(*folders(place, people, events, **more))
    (group,) = design_groups(contract, records, contract.evaluation["plan"], [KEY], lambda _: None).values()
    return group


def pairs_of(group: Designed) -> dict[str, tuple[str, str]]:
    """Comparison person and the start it got, by the programme's person."""
    made = group.comparison
    assert isinstance(made, PeopleComparison)
    assert made.index_date is not None
    assert_sound(made)
    labels, ids = pair_labels(made), group.cohort.units.ids
    found = {}
    for code in np.flatnonzero((made.sets >= 0) & ~made.treated):
        head = np.flatnonzero((made.sets == made.sets[code]) & made.treated)[0]
        assert labels[code] == labels[head]
        found[ids[head]] = (ids[code], str(made.index_date[code]))
    return found


def test_somebody_served_later_stands_in_both_roles_and_starts_on_the_matched_day(tmp_path: Path) -> None:
    group = designed(tmp_path)
    assert pairs_of(group) == {"a": ("c", "2021-03-01"), "c": ("d", "2021-06-01")}
    made = group.comparison
    assert isinstance(made, PeopleComparison)
    assert np.unique(pair_labels(made)[made.weights > 0]).size == 1, "c joins the two pairs"
    assert "of being served then and not later" in made.estimand
    assert group.cohort.flow.steps[-1].step == "or still waiting"


def test_events_count_from_the_matched_start(tmp_path: Path) -> None:
    """c's event of 10 March counts for c as a comparison person, not for c who is served in June."""
    contract, records = load(*folders(tmp_path, events="c,court,2021-03-10\nd,court,2021-03-10\nb,court,2021-03-10\n"))
    plan = contract.evaluation["plan"]
    (group,) = design_groups(contract, records, plan, [KEY], lambda _: None).values()
    outcomes = observe(contract.terms, records, group.observed, "returned", plan)
    assert isinstance(outcomes, Sample)
    arms = zip(outcomes.codes.tolist(), outcomes.values.tolist(), strict=True)
    found = {(group.cohort.units.ids[code], bool(group.cohort.treated[code])): value for code, value in arms}
    assert found == {("a", True): 0.0, ("c", False): 1.0, ("c", True): 0.0, ("d", False): 0.0}


def test_nobody_is_compared_before_or_after_they_could_have_been_served(tmp_path: Path) -> None:
    late = SMALL.replace("c,served,2021-06-01", "c,served,2021-04-15").replace("2021-05-31", "2021-04-15")
    late = late.replace("d,other,,2021-04-01", "d,other,,2021-04-16")
    assert pairs_of(designed(tmp_path / "last day", late))["c"] == ("e", "2021-04-15")
    gone = late.replace("2021-04-15,28", "2021-04-14,28")
    assert pairs_of(designed(tmp_path / "day after", gone))["c"] == ("b", "2021-04-15")
    come = late.replace("d,other,,2021-04-16", "d,other,,2021-04-15")
    assert pairs_of(designed(tmp_path / "first day", come))["c"] == ("d", "2021-04-15")


def many(n: int = 150, seed: int = 5) -> tuple[str, str, str]:
    """People, events and who was observed: a third is served, on days over two years."""
    random = np.random.default_rng(seed)
    first = np.datetime64("2020-01-01") + random.integers(0, 60, n)
    start = first + random.integers(1, 300, n)
    people, events, seen = [], [], ["id,from,until\n"]
    for i in range(n):
        served = i % 3 == 0
        people.append(
            f"p{i:03d},{'served' if served else 'other'},{start[i] if served else ''},{first[i]},,"
            f"{random.integers(20, 50)},{random.integers(0, 4)},north\n"
        )
        events += [f"p{i:03d},court,{first[i] + int(day)}\n" for day in random.integers(0, 500, 6)]
        seen.append(f"p{i:03d},2019-01-01,2023-12-31\n")
    return "".join(people), "".join(events), "".join(seen)


def test_what_is_dated_on_or_after_the_start_never_changes_the_seal(tmp_path: Path) -> None:
    """Every event goes, then people come and leave after the last start: the sealed bytes stay."""
    people, events, seen = many()
    plan = {"match": "{caliper: 1 sd of score}", "covariates": "[age, need]", "inference": "{kind: pair-clustered}"}
    last = max(line.split(",")[2] for line in people.splitlines())
    seals = set()
    for number, kept in enumerate((events, "", "".join(line for line in events.splitlines(True) if line[5:] < last))):
        group = designed(tmp_path / str(number), people, kept, seen=seen, **plan)
        seals.add((group.comparison.seal.comparison, group.comparison.seal.cohort))
    assert len(seals) == 1


def test_the_day_on_which_a_wait_ends_later_does_not_move_earlier_pairs(tmp_path: Path) -> None:
    """Whoever is served later may be served on any later day, or never: pairs made before are the same."""
    pairs = []
    for number, changed in enumerate((SMALL, SMALL.replace("c,served,2021-06-01", "c,served,2021-09-01"))):
        pairs.append(pairs_of(designed(tmp_path / str(number), changed))["a"])
    assert pairs == [("c", "2021-03-01")] * 2


def whole(place: Path, **more: str) -> Run:
    people, events, seen = many()
    plan = {"match": "{caliper: 1 sd of score}", "covariates": "[age, need]", "inference": "{kind: pair-clustered}"}
    return run_files(*folders(place, people, events, seen=seen, **{**plan, **more}))


def test_a_run_by_risk_sets_pays_and_says_how(tmp_path: Path) -> None:
    (effect,) = whole(tmp_path).effects
    assert effect.standard_error is not None
    assert any("Matched day by day" in sentence for sentence in effect.method)


def test_quarterly_cohorts_by_risk_sets(tmp_path: Path) -> None:
    """Comparison people have no cohort of their own; those served in another quarter can wait in this one."""
    people, events, seen = many()
    contract, data = folders(
        tmp_path, people, events, seen=seen, match="{caliper: 1 sd of score}", covariates="[age, need]"
    )
    text = (contract / "contract.yaml").read_text("utf-8")
    days = "cohorts: {first_day: 2020-01-01, last_day: 2020-12-31, every: quarter, "
    text = text.replace("cohorts: {", days).replace("- id: gain\n", "- id: gain\n    for_each: quarter cohort\n")
    (contract / "contract.yaml").write_text(text, encoding="utf-8")
    made = run_files(contract, data)
    assert {effect.key.cohort for effect in made.effects} <= {f"2020-Q{quarter}" for quarter in range(1, 5)}
    assert sum(effect.n_cohort or 0 for effect in made.effects) == people.count("served")


@pytest.mark.parametrize(
    ("gone", "column"), [("index_date: start, ", "index_date"), (", eligible_from: first", "eligible_from")]
)
def test_days_that_a_risk_set_needs_are_asked_for(gone: str, column: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run_files(*folders(tmp_path, data=EVENTS.replace(gone, "")))
    assert any(f"risk_set needs {column}" in problem.message for problem in caught.value.problems)


def test_nobody_at_risk_on_any_day_is_refused(tmp_path: Path) -> None:
    people = (
        SMALL.replace("c,served,2021-06-01,2021-01-01", "c,served,2021-06-01,2021-05-01")
        .replace(",2021-01-01,,20", ",2022-01-01,,20")
        .replace(",2021-01-01,2021-05-31", ",2021-01-01,2021-02-01")
        .replace("2021-04-01", "2021-07-01")
    )
    with pytest.raises(Refused) as caught:
        run_files(*folders(tmp_path, people))
    assert caught.value.problems[0].code == "nobody-matched"
    assert "eligible_until" in caught.value.problems[0].hint


def test_what_was_recorded_after_the_matched_start_blocks(tmp_path: Path) -> None:
    """c's age was recorded before c was served, but after the day on which c stands for a comparison person."""
    data = EVENTS.replace("eligible_until: until}", "eligible_until: until}\n    known_on: {age: noted}")
    noted = {"a": "2021-02-01", "b": "", "c": "2021-05-01", "d": "2021-05-01", "e": ""}
    people = "".join(f"{line},{noted[line[0]]}\n" for line in SMALL.splitlines())
    contract, records = folders(tmp_path, data=data)
    header = "id,arm,start,first,until,age,need,area,noted\n"
    (records / "people.csv").write_text(header + people, encoding="utf-8")
    agreed, delivered = load(contract, records)
    (group,) = design_groups(agreed, delivered, agreed.evaluation["plan"], [KEY], lambda _: None).values()
    (check,) = [check for check in group.comparison.checks if check.name == "recorded-late-comparison"]
    assert check.blocks
    assert check.sentence.startswith("For 1 of 2 comparison people")
    assert [check.state for check in group.cohort.checks if check.name == "recorded-late-age"] == ["pass"]
