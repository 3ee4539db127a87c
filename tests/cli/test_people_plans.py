"""Plans with people as a user types them: sealed before, run after, and every exit status on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import outcomes
from tests.people_files import crowd, deliver, measures, write

SHAPES: dict[str, dict[str, str | None]] = {
    "nearest": {},
    "full": {"match": "{method: full}", "adjust": "regression"},
    "overlap": {"design": "weighting", "match": None, "weight": "{kind: ipw}", "estimand": "ato",
                "inference": "{kind: m-estimation}"},
}  # fmt: skip


def files(place: Path, plan: dict[str, str | None]) -> tuple[Path, Path]:
    people, rows = crowd()
    return write(place / "contract", plan), deliver(place / "data", people, **{"measures.csv": measures(rows)})


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_sealed_is_what_pays(shape: str, tmp_path: Path) -> None:
    contract, data = files(tmp_path, SHAPES[shape])
    sealed = ("--sealed", str(tmp_path / "sealed"))
    shown = outcomes("match", str(contract), str(data), "--out", sealed[1])
    assert shown.returncode == 0, shown.stderr
    shown = outcomes("run", str(contract), str(data), *sealed, "--out", str(tmp_path / "run"))
    assert shown.returncode in (0, 1), shown.stderr
    people = data / "people.csv"
    lines = people.read_text("utf-8").splitlines(keepends=True)
    people.write_text(
        "".join([*lines[:5], lines[5].replace("21,", "22,").replace("south", "west"), *lines[7:]]), "utf-8"
    )
    shown = outcomes("run", str(contract), str(data), *sealed, "--out", str(tmp_path / "changed"))
    assert shown.returncode == 4
    assert "seal-broken" in shown.stderr
    assert not (tmp_path / "changed").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.5 sd of score", "0.4 sd of score"), ("adjust: none", "adjust: regression"), ("[age, area]", "[age, need]")],
)
def test_a_plan_that_changed_after_sealing_is_status_4(old: str, new: str, tmp_path: Path) -> None:
    contract, data = files(tmp_path, {})
    assert outcomes("match", str(contract), str(data), "--out", str(tmp_path / "sealed")).returncode == 0
    plan = contract / "evaluation.yaml"
    plan.write_text(plan.read_text("utf-8").replace(old, new), encoding="utf-8")
    shown = outcomes(
        "run", str(contract), str(data), "--sealed", str(tmp_path / "sealed"), "--out", str(tmp_path / "r")
    )
    assert shown.returncode == 4
    assert "seal-broken" in shown.stderr


def test_outcomes_that_changed_after_sealing_are_no_fault(tmp_path: Path) -> None:
    contract, data = files(tmp_path, {})
    assert outcomes("match", str(contract), str(data), "--out", str(tmp_path / "sealed")).returncode == 0
    _, rows = crowd(seed=4)
    (data / "measures.csv").write_text(measures(rows), encoding="utf-8")
    shown = outcomes(
        "run", str(contract), str(data), "--sealed", str(tmp_path / "sealed"), "--out", str(tmp_path / "r")
    )
    assert shown.returncode in (0, 1), shown.stderr


def test_rows_in_another_order_give_the_same_sealed_file(tmp_path: Path) -> None:
    contract, data = files(tmp_path, SHAPES["full"])
    other = tmp_path / "other"
    shutil.copytree(data, other)
    head, *lines = (data / "people.csv").read_text("utf-8").splitlines(keepends=True)
    (other / "people.csv").write_text("".join([head, *reversed(lines)]), encoding="utf-8")
    seals = []
    for name, folder in (("a", data), ("b", other)):
        assert outcomes("match", str(contract), str(folder), "--out", str(tmp_path / name)).returncode == 0
        seals.append(json.loads((tmp_path / name / "comparison.json").read_text("utf-8"))["plans"])
    assert seals[0] == seals[1]


@pytest.mark.parametrize("command", ["check", "run"])
def test_terms_that_cannot_be_read_are_all_named_before_anything_is_done(command: str, tmp_path: Path) -> None:
    contract, data = files(tmp_path, {"covariates": '["age^9", height, "age * age", "log(age + 1e999)", person, arm]'})
    place = ("--out", str(tmp_path / "run")) if command == "run" else ()
    shown = outcomes(command, str(contract), str(data), *place)
    assert shown.returncode == 2, shown.stdout + shown.stderr
    said = " ".join(shown.stderr.split())
    for words in ("no power", "height", "stands twice", "too large", "person says who somebody is", "plan.covariates"):
        assert words in said
    assert not (tmp_path / "run").exists()


def test_identifiers_under_another_name_are_not_shown(tmp_path: Path) -> None:
    contract, data = files(tmp_path, {"covariates": "[age, name]"})
    text = (data / "data.yaml").read_text("utf-8")
    text = text.replace("{person: id, group", "{person: id, name: id, group").replace("[area]", "[area, name]")
    (data / "data.yaml").write_text(text, encoding="utf-8")
    shown = outcomes("run", str(contract), str(data), "--out", str(tmp_path / "run"))
    assert shown.returncode == 3, shown.stdout + shown.stderr
    assert "a number or name of each person" in " ".join(shown.stderr.split())
    assert "name[" not in shown.stderr


def test_a_value_too_large_to_be_squared_is_bad_input(tmp_path: Path) -> None:
    contract, data = files(tmp_path, {})
    lines = (data / "people.csv").read_text("utf-8").splitlines(keepends=True)
    cells = lines[3].split(",")
    cells[5] = "1" + "0" * 300
    (data / "people.csv").write_text("".join([*lines[:3], ",".join(cells), *lines[4:]]), encoding="utf-8")
    shown = outcomes("run", str(contract), str(data), "--out", str(tmp_path / "run"))
    assert shown.returncode == 2, shown.stdout + shown.stderr
    assert "too large to be computed with" in " ".join(shown.stderr.split())
    assert "Warning" not in shown.stderr


def test_days_of_a_risk_set_that_contradict_each_other_block(tmp_path: Path) -> None:
    contract, data = files(tmp_path, {"comparison": "{who: others, index_date: risk_set}"})
    lines = (data / "people.csv").read_text("utf-8").splitlines()
    changed = [lines[0]]
    for number, line in enumerate(lines[1:]):
        cells = line.split(",")
        cells[2] = "2021-06-01" if cells[1] == "served" else ""
        cells[3], cells[4] = "2021-01-01", "2020-01-01" if number < 5 and cells[1] == "other" else ""
        if number == 7:
            cells[3] = "2022-01-01"
        changed.append(",".join(cells))
    (data / "people.csv").write_text("\n".join([*changed, ""]), encoding="utf-8")
    shown = outcomes("run", str(contract), str(data), "--out", str(tmp_path / "run"))
    assert shown.returncode == 1, shown.stdout + shown.stderr
    assert "[BLOCKS] risk-set-days" in shown.stdout


@pytest.mark.parametrize(
    ("plan", "status", "words"),
    [
        ({"match": "{method: full, replace: true}"}, 2, "replace has no meaning in method full"),
        ({"covariates": "[age, pay]"}, 2, "has the name of an outcome"),
        ({"covariates": "[age, height]"}, 2, "height"),
        ({**SHAPES["overlap"], "weight": "{kind: ipw, keep_scores: [98 %, 99 %]}"}, 3, "has a score from 0.98 to 0.99"),
    ],
)
def test_plans_that_cannot_be_are_told_in_words(
    plan: dict[str, str | None], status: int, words: str, tmp_path: Path
) -> None:
    contract, data = files(tmp_path, plan)
    shown = outcomes("run", str(contract), str(data), "--out", str(tmp_path / "run"))
    assert shown.returncode == status, shown.stdout + shown.stderr
    assert words in " ".join(shown.stderr.split())
    assert "Traceback" not in shown.stderr
    assert not (tmp_path / "run").exists()
