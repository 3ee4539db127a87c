"""Baselines, blends and effect files on real files: through `outcomes.run`, with their joint law and findings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from outcomes.contract.load import load_contract
from outcomes.counterfactual.objects import EffectKey, NotMeasured, VarianceRule
from outcomes.document.canonical import canonical_bytes
from outcomes.errors import InputError, Refused
from outcomes.run.effect_file import write_effect_file
from outcomes.run.evaluate import effect_file_of, run
from outcomes.run.folder import load_run, save_run
from outcomes.run.measuring import measure_effects
from outcomes.run.needs import needed_effects
from outcomes.run.objects import Run
from outcomes.run.sealing import seal_comparisons
from tests import people_files as files

WAVES = ("one", "two", "three")
TRIAL = """
trial:
  design: experiment
  metrics: [returned]
  comparison: {who: the others}
  inference: {kind: hc2}
"""
STATED = """
stated:
  design: baseline
  metrics: [returned]
  baseline: {kind: estimated, level: 40 %, people: 500, period: "2015", source: annex}
"""


def baseline(text: str) -> str:
    return f'plan:\n  design: baseline\n  metrics: [returned]\n  baseline: {{{text}, period: "2015", source: annex}}\n'


def blend(text: str) -> str:
    return f"plan:\n  design: blend\n  metrics: [returned]\n  blend: {{{text}}}\n{TRIAL}{STATED}"


def agreed(
    folder: Path, annex: str, each: bool = False, cohorts: str = "", beside: Mapping[str, str] | None = None
) -> Path:
    """The contract; with `each` a clause for each of three cohorts."""
    folder.mkdir(parents=True, exist_ok=True)
    text = files.CONTRACT.replace("METRIC", "returned").replace("FORM", "percentage points")
    text = text.replace("PRICE", "per: 1 pp, amount: 1").replace(
        "count: {event: court, within: 30 days}", "value: {measure: back}"
    )
    if each:
        text = text.replace("cohorts: {", f"cohorts: {{named: [{', '.join(WAVES)}], {cohorts}")
        text = text.replace("    measure:", "    for_each: cohort\n    measure:")
    for name, content in {"contract.yaml": text, "evaluation.yaml": annex, **(beside or {})}.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def delivery(folder: Path, served: int = 90, other: int = 120, reverse: bool = False, seed: int = 4) -> Path:
    """People of three waves and three areas with an expected rate; the programme lowers the rate by 10 points."""
    random = np.random.default_rng(seed)
    rows, values = [], []
    for i in range(served + other):
        arm, area = ("served" if i < served else "other"), ("north", "south", "west")[int(random.integers(3))]
        need = round(float(random.uniform(0.2, 0.6)), 3)
        rows.append(f"p{i:03d},{arm},2021-01-04,,,{random.integers(20, 50)},{need},{area},{WAVES[i % 3]}\n")
        values.append((f"p{i:03d}", "back", float(random.random() < need - 0.1 * (i < served))))
    folder.mkdir(parents=True, exist_ok=True)
    rows = rows[::-1] if reverse else rows
    (folder / "people.csv").write_text(
        "id,arm,start,first,until,age,need,area,wave\n" + "".join(rows), encoding="utf-8"
    )
    (folder / "data.yaml").write_text(
        files.DATA.replace("index_date: start", "index_date: start, cohort: wave"), "utf-8"
    )
    (folder / "measures.csv").write_text(files.measures(values), encoding="utf-8")
    return folder


def carried_out(tmp_path: Path, annex: str, each: bool = False, **more: object) -> Run:
    contract = agreed(tmp_path / "contract", annex, each, **more)  # type: ignore[arg-type]
    return files.run_files(contract, delivery(tmp_path / "data"))


def _saved(made: Run, folder: Path) -> Run:
    save_run(made, folder)
    return load_run(folder)


def found(made: Run, name: str) -> str:
    return next(check.sentence for check in made.checks if check.name == name)


def test_a_level_with_its_people_by_hand(tmp_path: Path) -> None:
    made = carried_out(
        tmp_path, baseline("kind: estimated, level: 40 %, people: 1000, trend: {of: England, change: -2 pp, source: x}")
    )
    effect = made.effects[0]
    observed = float(effect.treated_level)
    error = observed * (1 - observed) / 89 + 0.24 / 1000
    assert float(effect.standard_error or 0) ** 2 == pytest.approx(error)
    assert effect.counterfactual_level == F("0.4") and isinstance(effect.variance, VarianceRule)
    difference = 100 * (observed - 0.4)
    assert f"the effect is {difference + 2:.4f}".rstrip("0") in found(made, "trend")
    assert made.law is not None and made.law.standard_error(effect.key) == pytest.approx(
        float(effect.standard_error or 0)
    )


def test_earlier_people_are_two_groups_as_in_a_trial(tmp_path: Path) -> None:
    """The numbers of an experiment on the same people; the findings of a baseline."""
    first = carried_out(
        tmp_path / "a", baseline("kind: estimated, earlier_people: comparison group, low_point: after an arrest")
    )
    second = carried_out(tmp_path / "b", TRIAL.replace("trial:", "plan:"))
    one, other = first.effects[0], second.effects[0]
    assert (one.difference, one.standard_error, one.variance) == (
        other.difference,
        other.standard_error,
        other.variance,
    )
    assert "like an effect" in found(first, "trend") and "regression to the mean" in found(
        first, "regression-to-the-mean"
    )


@pytest.mark.parametrize(
    "risk",
    ["{expected: need}", "{covariates: [age, area], model: logistic}", "{covariates: [need], model: linear}"],
)
def test_risk_adjusted_by_earlier_people(risk: str, tmp_path: Path) -> None:
    annex = baseline(f"kind: estimated, earlier_people: comparison group, risk_adjusted_by: {risk}")
    made = carried_out(tmp_path / "a", annex)
    effect = made.effects[0]
    assert isinstance(effect.variance, VarianceRule) and effect.variance.kind == "m-estimation"
    assert any("Observed over expected is" in words for words in effect.method)
    assert {"risk-calibration", "risk-support", "attrition"} <= {check.name for check in effect.checks}
    contract = agreed(tmp_path / "again", annex)
    again = files.run_files(contract, delivery(tmp_path / "turned", reverse=True))
    assert again.effects[0].difference == effect.difference
    assert again.effects[0].standard_error == effect.standard_error


def test_a_stated_level_is_moved_by_expected_outcomes(tmp_path: Path) -> None:
    text = "kind: estimated, level: 40 %, people: 900, risk_adjusted_by: {expected: need}"
    moved = carried_out(tmp_path / "a", baseline(f"{text}, expected: 50 %")).effects[0]
    plain = carried_out(tmp_path / "b", baseline(text))
    mean = float(plain.effects[0].counterfactual_level or 0)
    assert float(moved.counterfactual_level or 0) == pytest.approx(0.8 * mean)
    assert "taken as they stand" in found(plain, "risk-calibration")
    assert "baseline.expected" in found(plain, "defaulted")


TABLE = "area,level,people\nnorth,40 %,500\nsouth,45 %,200\nwest,38 %,300\n"
BY_AREA = "kind: by area, table: levels.csv, area: area"


def test_levels_by_area(tmp_path: Path) -> None:
    made = carried_out(tmp_path, baseline(BY_AREA), beside={"levels.csv": TABLE})
    effect = made.effects[0]
    people = (tmp_path / "data" / "people.csv").read_text("utf-8").splitlines()[1:91]
    counts = [sum(f",{area}," in row for row in people) for area in ("north", "south", "west")]
    levels = (F("0.4"), F("0.45"), F("0.38"))
    assert effect.counterfactual_level == sum(n * level for n, level in zip(counts, levels, strict=True)) / 90
    observed = float(effect.treated_level)
    error = observed * (1 - observed) / 89
    error += sum(
        (n / 90) ** 2 * float(p * (1 - p)) / m for n, p, m in zip(counts, levels, (500, 200, 300), strict=True)
    )
    assert float(effect.standard_error or 0) ** 2 == pytest.approx(error)
    assert "levels.csv" in {file.name for file in made.contract.files}
    assert canonical_bytes(_saved(made, tmp_path / "out").effects) == canonical_bytes(made.effects)


def test_an_area_whose_people_are_not_known_leaves_no_range(tmp_path: Path) -> None:
    made = carried_out(tmp_path, baseline(BY_AREA), beside={"levels.csv": TABLE.replace("200", "")})
    assert isinstance(made.effects[0].variance, NotMeasured) and "south" in made.effects[0].variance.reason


def test_areas_without_a_level_are_all_named_in_one_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        carried_out(tmp_path, baseline(BY_AREA), beside={"levels.csv": "area,level\nnorth,40 %\n"})
    assert [problem.code for problem in caught.value.problems] == ["level-missing"]
    assert "south, west" in caught.value.problems[0].message


def test_rolling_cohorts_share_their_people_in_the_joint_law(tmp_path: Path) -> None:
    """The second wave is the result of one effect and the baseline of the next: their errors are opposite."""
    annex = baseline("kind: rolling prior year, level: 40 %, people: 800")
    made = carried_out(tmp_path, annex, each=True)
    law = made.law
    assert law is not None and [key.cohort for key in law.keys] == ["one", "three", "two"]
    effects = {effect.key.cohort: effect for effect in made.effects}
    assert effects["three"].counterfactual_level == effects["two"].treated_level
    assert effects["two"].counterfactual_level == effects["one"].treated_level
    assert effects["one"].counterfactual_level == F("0.4") and effects["one"].n_comparison is None
    treated, counterfactual = {"one": 0, "three": 2, "two": 4}, {"one": 1, "three": 3, "two": 5}
    covariance = law.covariance
    assert covariance[treated["two"], counterfactual["three"]] == pytest.approx(
        covariance[treated["two"], treated["two"]]
    )
    assert covariance[treated["one"], counterfactual["two"]] == pytest.approx(
        covariance[treated["one"], treated["one"]]
    )
    assert covariance[treated["one"], treated["two"]] == 0
    draws = law.draws(2000, 3)
    gap = draws.treated - draws.counterfactual
    assert np.corrcoef(gap[:, 1], gap[:, 2])[0, 1] == pytest.approx(-0.5, abs=0.08)


def test_rolling_by_a_table_and_without_a_first_level(tmp_path: Path) -> None:
    rows = "cohort,level,people\none,38 %,300\ntwo,36 %,300\n"
    text = "kind: rolling prior year, table: waves.csv"
    made = carried_out(tmp_path / "a", baseline(f"{text}, level: 40 %"), each=True, beside={"waves.csv": rows})
    levels = {effect.key.cohort: effect.counterfactual_level for effect in made.effects}
    assert levels == {"one": F("0.4"), "two": F("0.38"), "three": F("0.36")}
    assert {key.cohort for key, _ in made.law.not_measured} == {"one"}  # type: ignore[union-attr]
    with pytest.raises(InputError, match="first cohort, one"):
        carried_out(tmp_path / "b", baseline(text), each=True, beside={"waves.csv": rows})


def test_a_rolling_baseline_is_of_one_cohort_at_a_time(tmp_path: Path) -> None:
    contract = agreed(tmp_path / "contract", baseline("kind: rolling prior year, level: 40 %"), each=True)
    text = (contract / "contract.yaml").read_text("utf-8").replace("    for_each: cohort\n", "")
    (contract / "contract.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match="rolling-cohort"):
        files.run_files(contract, delivery(tmp_path / "data"))


def test_cohorts_against_one_stated_level_are_drawn_jointly(tmp_path: Path) -> None:
    made = carried_out(tmp_path, STATED.replace("stated:", "plan:"), each=True)
    assert made.law is not None
    assert made.law.covariance[1::2, 1::2] == pytest.approx(np.full((3, 3), 0.24 / 500))
    assert any(words.startswith("Same stated level, so drawn jointly") for words in made.law.rule)


def test_the_trial_pays_alone_or_the_blend_does(tmp_path: Path) -> None:
    parts = "parts: [{plan: trial, share: 80 %}, {plan: stated, share: 20 %}]"
    for most, alone in (("60 pp", True), ("5 pp", False)):
        made = carried_out(tmp_path / most, blend(f"{parts}, unless: {{plan: trial, smallest_effect: {most}}}"))
        effects = {effect.key.plan: effect for effect in made.effects}
        share = F(1) if alone else F(4, 5)
        other = (1 - share) * (effects["stated"].difference or 0)
        assert effects["plan"].difference == share * (effects["trial"].difference or 0) + other
        sentence = found(made, "blend-choice")
        assert sentence in effects["plan"].method
        assert ("trial alone pays" if alone else "the blend pays (80 % of trial, 20 % of stated)") in sentence
        assert "blend.unless.power (80 %)" in found(made, "defaulted")
        if not alone:
            assert _blend_error(made) == pytest.approx(float(effects["plan"].standard_error or 0))
        assert canonical_bytes(_saved(made, tmp_path / f"{most} out").effects) == canonical_bytes(made.effects)


def _blend_error(made: Run) -> float:
    """From the parts' own law: the programme's people are in both."""
    assert made.law is not None
    order = {key.plan: place for place, key in enumerate(made.law.keys)}
    weights = np.zeros(2 * len(order))
    for plan, share in (("trial", 0.8), ("stated", 0.2)):
        weights[2 * order[plan]], weights[2 * order[plan] + 1] = share, -share
    return float(np.sqrt(weights @ made.law.covariance @ weights))


def test_words_alone_do_not_decide(tmp_path: Path) -> None:
    made = carried_out(
        tmp_path, blend("parts: [{plan: trial, share: 80 %}, {plan: stated, share: 20 %}], when: too small")
    )
    assert "Nobody has checked this here: the blend is taken" in found(made, "blend-when")


@pytest.mark.parametrize("start", ["two", "2022-01-01"])
def test_the_comparison_changes_at_a_day_or_a_cohort(start: str, tmp_path: Path) -> None:
    days = "first_days: {one: 2021-01-01, two: 2022-01-01, three: 2023-01-01}, " if start != "two" else ""
    annex = blend(f"switch: {{from: {start}, before: stated, after: trial}}")
    made = carried_out(tmp_path, annex, each=True, cohorts=days)
    assert made.law is not None
    effects = {(effect.key.plan, effect.key.cohort): effect for effect in made.effects}
    assert ("trial", "one") not in effects and ("stated", "two") not in effects
    for cohort, plan in (("one", "stated"), ("two", "trial"), ("three", "trial")):
        mine, its = effects["plan", cohort], effects[plan, cohort]
        assert (mine.difference, mine.n_measured) == (its.difference, its.n_measured)
        assert made.law.standard_error(mine.key) == pytest.approx(float(its.standard_error or 0))


def test_a_switch_that_cannot_be_decided_is_said(tmp_path: Path) -> None:
    contract = agreed(tmp_path, blend("switch: {from: 2022-01-01, before: stated, after: trial}"))
    with pytest.raises(InputError, match="switch-cohort"):
        needed_effects(load_contract(contract))


def test_an_effect_file_of_another_laboratory_is_taken_with_its_law(tmp_path: Path) -> None:
    contract, records = files.load(
        agreed(tmp_path / "lab", TRIAL.replace("trial:", "plan:"), each=True), delivery(tmp_path / "data")
    )
    measured = measure_effects(contract, records)
    folder = agreed(tmp_path / "here", "", each=True)
    write_effect_file(folder / "effect.json", effect_file_of(contract, records, measured))
    (folder / "evaluation.yaml").write_text(
        "plan:\n  design: published\n  metrics: [returned]\n  published: {effect: effect.json, source: the data lab}\n",
        "utf-8",
    )
    theirs, mine = run(contract, records, draws=100), run(load_contract(folder), as_of=date(2023, 12, 31), draws=100)
    assert [effect.difference for effect in mine.effects] == [effect.difference for effect in theirs.effects]
    assert mine.law is not None and theirs.law is not None
    assert mine.law.covariance == pytest.approx(theirs.law.covariance)
    assert mine.law.degrees_of_freedom == pytest.approx(theirs.law.degrees_of_freedom)
    assert mine.statement.due == theirs.statement.due and mine.statement.band == theirs.statement.band
    assert {effect.source for effect in mine.effects} == {"the data lab"}
    assert _saved(mine, tmp_path / "out").law.keys == mine.law.keys  # type: ignore[union-attr]


def _spoiled(folder: Path, changes: Mapping[str, object]) -> None:
    path = folder / "effect.json"
    file = json.loads(path.read_text("utf-8"))
    file["effects"][0] |= changes
    path.write_text(json.dumps(file), "utf-8")


def test_every_fault_of_an_effect_file_at_once(tmp_path: Path) -> None:
    contract, records = files.load(
        agreed(tmp_path / "lab", TRIAL.replace("trial:", "plan:")), delivery(tmp_path / "data")
    )
    folder = agreed(tmp_path / "here", "")
    write_effect_file(folder / "effect.json", effect_file_of(contract, records, measure_effects(contract, records)))
    annex = "plan:\n  design: published\n  metrics: [returned]\n  published: {effect: effect.json, source: lab}\n"
    (folder / "evaluation.yaml").write_text(annex, "utf-8")
    _spoiled(folder, {"treated_level": "35", "standard_error": "0"})
    with pytest.raises(InputError) as caught:
        run(load_contract(folder), as_of=date(2023, 12, 31))
    assert {problem.code for problem in caught.value.problems} == {"law-other", "level-range", "standard-error"}
    (folder / "effect.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match="not-json"):
        run(load_contract(folder), as_of=date(2023, 12, 31))


def test_a_blend_of_published_figures_needs_no_data(tmp_path: Path) -> None:
    figure = "published: {{figures: [{{cohort: all cohorts together, improvement: {0}, source: x, mark: C}}]}}"
    published = "".join(
        f"{name}:\n  design: published\n  metrics: [returned]\n  {figure.format(size)}\n"
        for name, size in (("trial", "10 %"), ("stated", "-15 %"))
    )
    terms = "shares_of: percent change, parts: [{plan: trial, share: 80 %}, {plan: stated, share: 20 %}]"
    contract = agreed(tmp_path, blend(terms).partition(TRIAL)[0] + published)
    text = (contract / "contract.yaml").read_text("utf-8")
    text = text.replace("percentage points", "percent").replace("per: 1 pp", "per: 1 %")
    (contract / "contract.yaml").write_text(text, "utf-8")
    made = run(load_contract(contract), as_of=date(2023, 12, 31))
    blended = next(
        effect for effect in made.effects if effect.key == EffectKey("plan", "returned", "all cohorts together")
    )
    assert blended.treated_level == F("0.95") and made.statement.due == 5
    assert "opposite ways" in found(made, "blend-signs")


def test_earlier_people_are_sealed(tmp_path: Path) -> None:
    annex = baseline("kind: estimated, earlier_people: comparison group")
    contract, records = files.load(agreed(tmp_path / "contract", annex), delivery(tmp_path / "data"))
    sealed = seal_comparisons(contract, records, lambda step: None)
    seals = {plan.plan: plan.seal for plan in sealed.plans if plan.seal}
    assert run(contract, records, draws=100, seals=seals).effects[0].n_comparison == 120


def test_a_baseline_that_names_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Give its result with --effect FILE"):
        carried_out(tmp_path, baseline("kind: estimated"))


HOSTILE = (
    ("kind: estimated, level: 40 %, people: 500, risk_adjusted_by: {expected: area}", "expected-kind"),
    ("kind: estimated, level: 40 %, people: 500, risk_adjusted_by: {expected: height}", "covariate-missing"),
    ("kind: estimated, level: 40 %, people: 500, risk_adjusted_by: {expected: person}", "covariate-unusable"),
    (
        "kind: estimated, earlier_people: comparison group, risk_adjusted_by: {covariates: [aeg], model: linear}",
        "covariate-missing",
    ),
    ("kind: by area, levels: [{of: north, level: 40 %}], area: need", "area-kind"),
)


@pytest.mark.parametrize(("text", "code"), HOSTILE)
def test_columns_that_cannot_be_used_are_named(text: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=code):
        carried_out(tmp_path, baseline(text))


def test_a_count_that_was_none_or_one_here_has_no_binomial_level(tmp_path: Path) -> None:
    """Counts of the level's own people may have been two and more: 0s and 1s among others say nothing of them."""
    people, rows = files.crowd()
    few = files.measures([(who, what, min(value, 1.0)) for who, what, value in rows if what == "crimes"])
    fixed = {"design": "baseline", "covariates": None, "match": None, "adjust": None, "inference": None,
             "comparison": None}  # fmt: skip
    terms = "{kind: estimated, level: 60 per 100, people: 50, period: a, source: b}"
    contract = files.write(tmp_path / "contract", {**fixed, "baseline": terms}, "crimes")
    made = files.run_files(contract, files.deliver(tmp_path / "data", people, **{"measures.csv": few}))
    assert isinstance(made.effects[0].variance, NotMeasured)
    assert made.effects[0].standard_error is None


def test_a_confidence_that_is_none_is_a_fault_of_the_effect_file(tmp_path: Path) -> None:
    plan = f"plan:{TRIAL.partition('trial:')[2]}"
    contract, records = files.load(agreed(tmp_path / "contract", plan), delivery(tmp_path / "data"))
    write_effect_file(tmp_path / "effect.json", effect_file_of(contract, records, measure_effects(contract, records)))
    told = json.loads((tmp_path / "effect.json").read_text("utf-8"))
    told["effects"][0]["confidence"] = "1.2"
    annex = "plan:\n  design: published\n  metrics: [returned]\n  published: {effect: effect.json, source: lab}\n"
    published = agreed(tmp_path / "lab", annex, beside={"effect.json": json.dumps(told)})
    with pytest.raises(InputError, match="a confidence lies between 0 and 1"):
        run(load_contract(published), None, as_of=date(2024, 1, 1), draws=50)
