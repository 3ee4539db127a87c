"""Who engaged, and when things were known: what blocks, and what is shown beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.errors import InputError
from outcomes.findings import CheckResult
from tests.people_files import DATA, HEADER, crowd, deliver, measures, run_files, write

ENGAGED = 'who_counts: "everyone eligible, engaged or not"'
RULE = "who_counts: engaged only, referral_rule: all referred by the court are asked"
WITH = DATA.replace("eligible_from", "engaged: engaged, eligible_from")


def found(folder: Path, who: str, engaged: dict[int, str] | None = None, **plan: str | None) -> dict[str, CheckResult]:
    """Checks by name of a run where every third person served did not engage."""
    people, rows = crowd()
    lines = people.splitlines()
    cells = engaged or dict.fromkeys(range(0, len(lines), 3), "no")
    text = "".join(f"{line},{cells.get(i, 'yes')}\n" for i, line in enumerate(lines))
    data = deliver(folder / "data", "", WITH, **{"measures.csv": measures(rows)})
    (data / "people.csv").write_text(HEADER.replace("\n", ",engaged\n") + text, encoding="utf-8")
    made = run_files(write(folder / "contract", plan, **{ENGAGED: who}), data)
    return {check.name: check for check in made.checks}


def test_engaged_only_without_a_rule_blocks_and_shows_everyone_referred(tmp_path: Path) -> None:
    checks = found(tmp_path, "who_counts: engaged only")
    assert checks["engaged-only"].blocks
    assert "states no referral rule" in checks["engaged-only"].sentence
    beside = checks["intention-to-treat-pay"]
    assert (beside.state, beside.blocks) == ("warn", False)
    assert beside.sentence.startswith("Over everyone referred, engaged or not, the difference in pay is ")
    assert " to " in beside.sentence


def test_engaged_only_with_a_rule_is_noted(tmp_path: Path) -> None:
    checks = found(tmp_path, RULE)
    assert checks["engaged-only"].state == "warn"
    assert checks["engaged-only"].sentence.endswith("The contract's rule: all referred by the court are asked")
    assert "intention-to-treat-pay" in checks


def test_the_effect_beside_is_that_of_a_contract_that_counts_everyone(tmp_path: Path) -> None:
    beside = found(tmp_path / "engaged", RULE)["intention-to-treat-pay"].number
    people, rows = crowd()
    data = deliver(tmp_path / "data", people, **{"measures.csv": measures(rows)})
    (effect,) = run_files(write(tmp_path / "contract", {}), data).effects
    assert beside == float(effect.difference or 0)


def test_everyone_counted_has_neither_finding(tmp_path: Path) -> None:
    checks = found(tmp_path, ENGAGED)
    assert not {"engaged-only", "intention-to-treat-pay"} & set(checks)


def test_a_level_without_a_comparison_has_no_effect_to_show_beside(tmp_path: Path) -> None:
    people, rows = crowd()
    lines = "".join(f"{line},yes\n" for line in people.splitlines())
    data = deliver(tmp_path / "data", "", WITH, **{"measures.csv": measures(rows)})
    (data / "people.csv").write_text(HEADER.replace("\n", ",engaged\n") + lines, encoding="utf-8")
    level = {"improvement_in: pay, against: plan": "level_of: pay", ENGAGED: RULE}
    nothing = dict.fromkeys(("comparison", "covariates", "match", "adjust", "inference"))
    made = run_files(write(tmp_path / "contract", {"design": "none", **nothing}, **level), data)
    assert not [check for check in made.checks if check.name.startswith("intention-to-treat")]


@pytest.mark.parametrize("word", ["maybe", ""])
def test_who_engaged_is_said_of_everyone_in_the_programme(word: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="engaged is none of: yes, no"):
        found(tmp_path, RULE, dict.fromkeys(range(120), word))


def known(folder: Path, days: list[str]) -> CheckResult:
    people, rows = crowd()
    lines = people.splitlines()
    text = "".join(f"{line},{days[i % len(days)]}\n" for i, line in enumerate(lines))
    known_on = DATA.replace("    numbers:", "    known_on: {age: noted}\n    numbers:")
    data = deliver(folder / "data", "", known_on, **{"measures.csv": measures(rows)})
    (data / "people.csv").write_text(HEADER.replace("\n", ",noted\n") + text, encoding="utf-8")
    made = run_files(write(folder / "contract", {}), data)
    assert not [check for check in made.checks if check.name == "recorded-late-need"]
    (check,) = [check for check in made.checks if check.name == "recorded-late-age"]
    return check


def test_a_covariate_recorded_on_the_day_of_the_start_blocks(tmp_path: Path) -> None:
    check = known(tmp_path, ["2021-01-03", "2021-01-04", "2021-02-01"])
    assert check.blocks
    assert check.number == 80
    assert "age was recorded on or after the start for 80 people" in check.sentence


def test_a_covariate_recorded_before_the_start_passes(tmp_path: Path) -> None:
    check = known(tmp_path, ["2021-01-03", ""])
    assert (check.state, check.number) == ("pass", 0)


def test_a_day_of_a_column_that_is_not_there_is_a_fault_of_the_map(tmp_path: Path) -> None:
    people, rows = crowd()
    wrong = DATA.replace("    numbers:", "    known_on: {height: start}\n    numbers:")
    data = deliver(tmp_path / "data", people, wrong, **{"measures.csv": measures(rows)})
    with pytest.raises(InputError, match="is not a column of people here"):
        run_files(write(tmp_path / "contract", {}), data)
