"""Every way of choosing and using comparison people, from files to a payment."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.errors import InputError, Refused
from outcomes.run.objects import Run
from tests.people_files import crowd, deliver, measures, run_files, write

Plan = dict[str, str | None]


def ran(folder: Path, plan: Plan, metric: str = "pay", people: str | None = None) -> Run:
    some, rows = crowd()
    data = deliver(folder / "data", some if people is None else people, **{"measures.csv": measures(rows)})
    return run_files(write(folder / "contract", plan, metric), data)


def the(made: Run, name: str) -> list[str]:
    return [f"{check.state}: {check.sentence}" for check in made.checks if check.name == name]


MATCHES: tuple[tuple[str, Plan], ...] = (
    ("nearest", {}),
    ("three for each", {"match": "{sets: 2, caliper: 0.5 sd of logit score}"}),
    ("with replacement", {"match": "{replace: true}", "inference": "{kind: abadie-imbens}"}),
    ("ties averaged", {"match": "{replace: true, ties: average, distance: mahalanobis}", "inference": "{kind: hc3}"}),
    ("bias corrected", {"adjust": "bias_corrected", "inference": "{kind: abadie-imbens}"}),
    ("bias corrected, again", {"match": "{replace: true, sets: 2}", "adjust": "bias_corrected",
                               "inference": "{kind: abadie-imbens}"}),
    ("mahalanobis", {"match": "{distance: mahalanobis, order: closest, calipers: {age: 4}}"}),
    ("rank distance", {"match": "{distance: robust mahalanobis, order: random, exact: [area]}"}),
    ("euclidean", {"match": "{distance: scaled euclidean, distance_on: [age], caliper: 1 sd of score}"}),
    ("optimal", {"match": "{method: optimal, caliper: 1 sd of score}"}),
    ("full", {"match": "{method: full}", "adjust": "regression"}),
    ("full, own moves", {"match": "{method: full, exact: [area]}", "inference": "{kind: hc3}"}),
    ("subclasses", {"match": "{method: subclasses, subclasses: 4}", "inference": "{kind: hc3}"}),
    ("coarsened exact", {"match": "{method: coarsened exact, bins: {age: 4}}", "inference": "{kind: hc3}"}),
    ("cut points", {"match": "{method: coarsened exact, cut_points: {age: [30, 40]}}", "inference": "{kind: hc1}"}),
    ("exact", {"match": "{method: exact}", "covariates": '[area, "age = 30", need]', "inference": "{kind: hc3}"}),
    ("probit", {"match": "{score: probit propensity, caliper: 0.5 sd of score}"}),
    ("sampling only", {"match": "{replace: true}", "adjust": "regression", "inference": "{kind: sampling_only}"}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "plan"), MATCHES, ids=[name for name, _ in MATCHES])
def test_every_way_of_matching_pays(name: str, plan: Plan, tmp_path: Path) -> None:
    (effect,) = ran(tmp_path, plan).effects
    assert effect.standard_error is not None
    assert -40 < float(effect.difference or 0) < 90  # served people earn 20 more, with noise
    assert effect.method


WEIGHTS: tuple[tuple[str, Plan], ...] = (
    ("att", {"weight": "{kind: ipw}"}),
    ("ate", {"weight": "{kind: ipw}", "estimand": "ate"}),
    ("ato", {"weight": "{kind: ipw}", "estimand": "ato"}),
    ("entropy", {"weight": "{kind: entropy, moments: 2, interactions: true}"}),
    ("entropy ate", {"weight": "{kind: entropy}", "estimand": "ate"}),
    ("some scores", {"weight": "{kind: ipw, keep_scores: [20 %, 60 %]}"}),
    ("capped", {"weight": "{kind: ipw, cap_weights: 90 %}", "estimand": "ate"}),
    ("aipw", {"weight": "{kind: ipw, score: probit propensity}", "adjust": "aipw"}),
    ("aipw in folds", {"weight": "{kind: ipw, folds: 2}", "adjust": "aipw", "estimand": "ate"}),
)


@pytest.mark.parametrize(("name", "plan"), WEIGHTS, ids=[name for name, _ in WEIGHTS])
def test_every_way_of_weighting_pays(name: str, plan: Plan, tmp_path: Path) -> None:
    base: Plan = {"design": "weighting", "match": None, "inference": "{kind: m-estimation}"}
    if plan.get("adjust") == "aipw":
        base["inference"] = "{kind: influence}"
    (effect,) = ran(tmp_path, {**base, **plan}).effects
    assert effect.standard_error is not None
    assert -40 < float(effect.difference or 0) < 90
    for word, words in (("ate", "everyone in either group"), ("ato", "near even odds")):
        assert (words in effect.estimand) == (plan.get("estimand") == word)
    assert ("with a score from 0.2 to 0.6" in effect.estimand) == (name == "some scores")


RATES: Plan = {"outcome_model": "poisson", "exposure": "years"}


@pytest.mark.parametrize("adjust", ["none", "regression"])
def test_counts_over_time_at_risk_are_rates(adjust: str, tmp_path: Path) -> None:
    plan: Plan = {**RATES, "adjust": adjust}
    (effect,) = ran(tmp_path, plan, "crimes").effects
    people, rows = crowd()
    served = {line.split(",")[0] for line in people.splitlines() if ",served," in line}
    counted, time = (
        sum(value for who, what, value in rows if what == name and who in served) for name in ("crimes", "years")
    )
    if effect.n_measured == len(served):
        assert float(effect.treated_level) == pytest.approx(counted / time)
    assert effect.counterfactual_level is not None
    assert effect.treated_level < effect.counterfactual_level
    assert effect.standard_error is not None


def test_nobody_with_time_at_risk_is_status_2(tmp_path: Path) -> None:
    people, rows = crowd()
    none = [(who, what, 0.0 if what == "years" else value) for who, what, value in rows]
    data = deliver(tmp_path / "data", people, **{"measures.csv": measures(none)})
    with pytest.raises(InputError, match="time at risk") as caught:
        run_files(write(tmp_path / "contract", RATES, "crimes"), data)
    assert caught.value.problems[0].code == "all-missing"


def test_a_covariate_that_is_the_outcome_under_another_name_is_status_2(tmp_path: Path) -> None:
    people, rows = crowd()
    paid = {who: value for who, what, value in rows if what == "pay"}
    lines = [line.split(",") for line in people.splitlines()]
    copied = "".join(",".join([*cells[:6], f"{2 * paid[cells[0]] + 7:g}", cells[7]]) + "\n" for cells in lines)
    data = deliver(tmp_path / "data", copied, **{"measures.csv": measures(rows)})
    for number, covariates in enumerate(("[age, need]", '[age, "log(need + 1)"]')):
        plan: Plan = {"covariates": covariates, "match": "{sets: 1}"}
        with pytest.raises(InputError) as caught:
            run_files(write(tmp_path / f"contract-{number}", plan), data)
        (problem,) = caught.value.problems
        assert (problem.code, problem.where) == ("covariate-is-outcome", "covariates: need")


def test_groups_that_do_not_overlap_are_refused(tmp_path: Path) -> None:
    people = "".join(f"p{i:03d},{'served' if i < 40 else 'other'},2021-01-04,,,{i},0,north\n" for i in range(120))
    with pytest.raises(Refused) as caught:
        ran(tmp_path, {"covariates": "[age]"}, people=people)
    assert caught.value.exit_status == 3
    assert caught.value.problems[0].code == "separation"


def test_one_covariate_that_tells_the_groups_apart_is_refused_by_name(tmp_path: Path) -> None:
    some, _ = crowd()
    people = some.replace(",served,2021-01-04,2020-06-01,,", ",served,2021-01-04,2020-06-01,,9")
    with pytest.raises(Refused) as caught:
        ran(tmp_path, {}, people=people)
    assert caught.value.problems[0].code in ("separation", "quasi-separation", "no-common-support")
    assert "age" in str(caught.value)


def test_a_category_of_thousands_of_levels_is_refused(tmp_path: Path) -> None:
    people = "".join(
        f"p{i:05d},{'served' if i % 3 else 'other'},2021-01-04,,,{20 + i % 30},0,street {i % 5000}\n"
        for i in range(6000)
    )
    with pytest.raises(Refused) as caught:
        ran(tmp_path, {}, people=people)
    assert caught.value.problems[0].code == "too-many-levels"
    assert "area" in caught.value.problems[0].where


DID: Plan = {
    "design": "did",
    "did": "{data: panel, before: '2020', after: '2022', trend: additive}",
    "adjust": None,
    "inference": "{kind: hc2}",
    "covariates": "[age, need]",
    "match": "{caliper: 1 sd of score}",
}


@pytest.mark.parametrize("way", ["match", "weight"])
def test_changes_of_matched_people_say_when_the_earlier_level_was_matched(way: str, tmp_path: Path) -> None:
    people, rows = crowd()
    lines = [line.split(",") for line in people.splitlines()]
    before = [(cells[0], "pay", 80 + float(cells[6])) for cells in lines]
    paid = [row for row in rows if row[1] == "pay"]
    both = measures(paid) + measures(before, "2020").split("\n", 1)[1]
    data = deliver(tmp_path / "data", people, **{"measures.csv": both})
    plan = DID if way == "match" else {**DID, "match": None, "weight": "{kind: ipw}"}
    made = run_files(write(tmp_path / "contract", plan), data)
    (warned,) = the(made, "matched-on-earlier-outcome")
    assert warned.startswith("warn: ") and "(need)" in warned
    made = run_files(write(tmp_path / "other", {**plan, "covariates": "[age]"}), data)
    assert the(made, "matched-on-earlier-outcome") == []
    (effect,) = made.effects
    assert effect.standard_error is not None
