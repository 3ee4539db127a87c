"""Plans on areas whose terms do not fit together: one fault each, by place and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contract.small import load_changed, the_fault
from tests.unit.contract.test_plan_checks import plan

YEARS = 'periods: ["2017", "2018", "2019", "2020"]'
AREAS = {
    "design": "synthetic",
    "metrics": "[reoffended]",
    "comparison": "{who: areas like them}",
    "inference": "{kind: placebo-areas}",
}


def areas(terms: str, method: str = "synthetic control", **more: str | None) -> tuple[str, str, str]:
    return plan(AREAS, **{"synthetic": f"{{method: {method}, {terms}}}", **more})


WHOLE = f'{YEARS}, start: "2020"'
GOOD = (
    areas(WHOLE),
    areas(f"{WHOLE}, anticipation: 1"),
    areas(f"{WHOLE}, placebos: 400", method="synthetic difference-in-differences"),
    plan(AREAS, inference=None),  # measured elsewhere
)


@pytest.mark.parametrize("change", GOOD)
def test_what_fits_together_is_taken(change: tuple[str, str, str], tmp_path: Path) -> None:
    load_changed(tmp_path, change)


FAULTS = (
    (areas(f'{YEARS}, start: "2021"'), "period-unknown", "synthetic.start", "2021 is not among periods", "one of them"),
    (areas(f'{YEARS}, start: "2018"'), "periods-few", "synthetic.periods", "1 periods are left", "a dozen"),
    (areas(f"{WHOLE}, anticipation: 5"), "periods-few", "synthetic.periods", "0 periods are left", "a dozen"),
    (areas('periods: ["2019", "2019", "2020", "2021"], start: "2021"'), "period-twice", "synthetic.periods",
     "more than once: 2019", "once"),
    (areas(f"{WHOLE}, placebos: 5"), "placebos", "synthetic.placebos", "5 draws", "50 to 2,000"),
    (areas(WHOLE, inference=None), "setting-missing", "design", "needs inference", "placebo-areas"),
    (areas(WHOLE, inference="{kind: sampling_only}"), "inference", "inference.kind", "not sampled", "placebo-areas"),
    (areas(WHOLE, inference="{kind: hc1}"), "inference", "inference.kind", "has no hc1 variance", "placebo-areas"),
    (areas(WHOLE, covariates="[age]"), "setting-unused", "covariates", "before the start", "Leave it out."),
    (areas(WHOLE, estimand="ate"), "estimand", "estimand", "effect on the treated", "Write att."),
    (areas(WHOLE, match="{sets: 1}"), "setting-unused", "match", "no meaning in design synthetic", "Leave it out."),
    (areas(WHOLE, adjust="regression"), "adjust", "adjust", "cannot adjust", "Leave it out."),
    (areas(WHOLE, comparison="{who: areas, index_date: risk_set}"), "index-date", "comparison", "start together",
     "start: says when"),
    (areas(WHOLE, design="did"), "setting-unused", "synthetic", "no meaning in design did", "Leave it out."),
    (areas(WHOLE, method="mean"), "word-unknown", "synthetic.method", "mean", ""),
)  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place", "words", "hint"), FAULTS)
def test_each_fault_is_named_with_its_place_and_the_next_step(
    change: tuple[str, str, str], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, change) if code != "setting-unused" else _named(tmp_path, code, words, change)
    assert problem.where.startswith("evaluation.yaml:")
    assert place in problem.where
    assert words in problem.message
    assert hint in problem.hint


def _named(folder: Path, code: str, words: str, change: tuple[str, str, str]):  # type: ignore[no-untyped-def]
    from tests.unit.contract.small import faults_of

    return next(p for p in faults_of(folder, change) if p.code == code and words in p.message)
