"""Cohorts and plans for tests: from the small data files, and made up."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort, Covariates, Flow, Units
from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan, InferenceTerms, MatchTerms, WeightTerms
from outcomes.counterfactual.objects import EffectKey

DATA = Path(__file__).parent / "reference" / "data"
LALONDE = ("age", "educ", "race", "married", "nodegree", "re74", "re75")
KEY = EffectKey("plan", "earnings", "all")


def read_columns(path: Path) -> dict[str, list[str]]:
    """The columns of a CSV file as text."""
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def make_cohort(
    treated: NDArray[np.bool_],
    covariates: dict[str, NDArray[Any]] | None = None,
    ids: list[str] | None = None,
    cluster: NDArray[np.int32] | None = None,
) -> Cohort:
    """A cohort of one intake; ids in file order sort as they stand."""
    n = treated.size
    named = covariates or {}
    raw = ids or [f"u{i:07d}" for i in range(n)]
    return Cohort(
        units=Units(np.array(raw, dtype=object)),
        treated=treated,
        index_date=np.full(n, "2020-01-01", dtype="datetime64[D]"),
        intake=np.zeros(n, dtype=np.int16),
        intakes=("all",),
        segment=np.zeros(n, dtype=np.int16),
        segments=("everyone",),
        covariates=Covariates(tuple(named), tuple(named.values())),
        cluster=cluster,
        flow=Flow(()),
    )


def lalonde() -> tuple[Cohort, Sample, list[str]]:
    """The 614 men in the order of the file, their earnings in 1978, and their ids there."""
    columns = read_columns(DATA / "lalonde.csv")
    treated = np.array(columns["treat"]) == "1"
    named = {name: np.array(columns[name], dtype=object if name == "race" else np.float64) for name in LALONDE}
    cohort = make_cohort(treated, named)
    return cohort, sample(np.array(columns["re78"], dtype=np.float64)), columns["id"]


def sample(values: NDArray[np.float64], metric: str = "earnings", codes: NDArray[np.int32] | None = None) -> Sample:
    """Outcomes of everyone, or of `codes`."""
    where = np.arange(values.size, dtype=np.int32) if codes is None else codes
    return Sample(metric, where, values)


def matching(**terms: Any) -> EvaluationPlan:
    """A matching plan on Lalonde's covariates."""
    base = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="matching",
        covariates=LALONDE,
        match=MatchTerms(**terms),
        adjust="none",
        inference=InferenceTerms(kind="pair-clustered", confidence=Fraction(95, 100)),
    )
    return base


def weighting(kind: Any = "ipw", adjust: Any = "none", covariates: tuple[str, ...] = LALONDE) -> EvaluationPlan:
    """A weighting plan."""
    return EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="weighting",
        covariates=covariates,
        weight=WeightTerms(kind=kind),
        adjust=adjust,
        inference=InferenceTerms(kind="m-estimation", confidence=Fraction(95, 100)),
    )


def experiment(**changes: Any) -> EvaluationPlan:
    """An experiment, Neyman's standard error."""
    base = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="experiment",
        adjust="none",
        inference=InferenceTerms(kind="hc2", confidence=Fraction(95, 100)),
    )
    return replace(base, **changes)
