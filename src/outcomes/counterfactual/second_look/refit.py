"""The plan carried out again from the beginning: on other groups, fewer people, more covariates, other outcomes.

Lives here: what is refitted, and how a changed world becomes a cohort and outcomes.  Sealed
comparisons are not touched: every refit designs and seals one of its own and lets it go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort, Covariates
from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Effect, EffectKey
from outcomes.errors import InputError, IntegrityError, Problem, Refused
from outcomes.numbers import read_only

__all__ = ["Progress", "Refit", "RefitSubject", "Refits", "refit_plan"]

Refit = Callable[[Cohort, Sample, EvaluationPlan], float]
"""From people, outcomes and a plan to the difference, treated minus counterfactual."""

Progress = Callable[[str, int, int], None]
"""Called after each refit with what is done, how many are done, and of how many."""

_SAME = 1e-9


def refit_plan(cohort: Cohort, outcomes: Sample, plan: EvaluationPlan) -> float:
    """The plan's own estimate: comparison people chosen or weighted anew, then measured.

    Raises
    ------
    Refused
        Where no estimate exists for these people.
    """
    comparison = design_comparison(cohort, plan)
    key = EffectKey(plan.id, outcomes.metric, "refit")
    difference = measure(outcomes, comparison, plan, key, checks=False).effect.difference
    if difference is None:
        message = f"the design {plan.design} has no comparison to refit."
        raise InputError(Problem("refit-design", f"evaluation: {plan.id}", message))
    return float(difference)


@dataclass(frozen=True, slots=True, eq=False)
class RefitSubject:
    """A result that is to be refuted, and what it was made from.

    Attributes
    ----------
    cohort : Cohort
        n units; the cohort and segment of the effect.
    outcomes : Sample
    plan : EvaluationPlan
        A design with people that compares one value each: experiment, matching, weighting.
    effect : Effect
        The result; it is compared with, never changed.
    refit : function
        How the plan is carried out; `refit_plan` but in tests.
    """

    cohort: Cohort
    outcomes: Sample
    plan: EvaluationPlan
    effect: Effect
    refit: Refit = refit_plan

    @property
    def own(self) -> float:
        """The difference that the result reports, natural units."""
        if self.effect.difference is None:
            raise InputError(Problem("refit-design", f"estimate: {self.effect.key}", "there is no difference."))
        return float(self.effect.difference)

    @property
    def error(self) -> float | None:
        """The standard error that the result reports; None where none was measured."""
        return None if self.effect.standard_error is None else float(self.effect.standard_error)

    def verify(self) -> None:
        """Stop where the plan on the same data does not give the result again.

        Raises
        ------
        IntegrityError
        """
        again = self.refit(self.cohort, self.outcomes, self.plan)
        if not abs(again - self.own) <= _SAME * max(abs(self.own), abs(again), _SAME):
            message = f"refitting gives {again:.12g}, the result says {self.own:.12g}."
            hint = "Give the cohort, outcomes and plan that the result was made from."
            raise IntegrityError(Problem("refit-differs", f"estimate: {self.effect.key}", message, hint))


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """One series of refits and what came out of each.

    Attributes
    ----------
    subject : RefitSubject
    what : str
        For the progress report.
    of : int
        How many are planned.
    row : ndarray of int64, shape (n,)
        Which unit of assignment a person belongs to, 0 to r - 1: the site where sites were
        assigned, else the person.
    values : list of float
        Differences in order; NaN where no estimate exists.
    """

    subject: RefitSubject
    what: str
    of: int
    row: NDArray[np.int64]
    progress: Progress | None = None
    values: list[float] = field(default_factory=list)

    @classmethod
    def of_subject(cls, subject: RefitSubject, what: str, of: int, progress: Progress | None = None) -> Refits:
        """An empty series; sites are the rows where each lies wholly in one arm."""
        cohort = subject.cohort
        row = np.arange(cohort.units.n, dtype=np.int64)
        if cohort.cluster is not None:
            site = np.unique(cohort.cluster, return_inverse=True)[1].astype(np.int64)
            arms = np.bincount(site, weights=cohort.treated) / np.bincount(site)
            row = site if bool(np.isin(arms, (0.0, 1.0)).all()) else row
        return cls(subject, what, of, row, progress)

    @property
    def treated(self) -> NDArray[np.int64]:
        """1 for rows in the programme, else 0; shape (r,)."""
        result: NDArray[np.int64] = np.zeros(int(self.row.max()) + 1, dtype=np.int64)
        result[self.row[self.subject.cohort.treated]] = 1
        return result

    def again(
        self,
        rows: NDArray[np.int64],
        treated: NDArray[np.bool_],
        added: dict[str, NDArray[np.float64]],
    ) -> float:
        """The difference for the rows (m,) alone, in the arms (m,), with covariates (m,) added to the plan.

        Everything is copied: neither the caller's frame nor the cohort is written to.
        """
        cohort = self.subject.cohort
        place = np.full(int(self.row.max()) + 1, -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        mine = place[self.row]
        keep = mine >= 0
        arms = read_only(np.where(keep, treated[mine], False))
        columns = tuple(read_only(values[mine]) for values in added.values())
        names = tuple(_free(name, cohort.covariates.names) for name in added)
        known = Covariates((*cohort.covariates.names, *names), (*cohort.covariates.columns, *columns))
        changed = replace(cohort, treated=arms, covariates=known).take(keep)
        plan = self.subject.plan
        return self.record(
            changed,
            _of_kept(self.subject.outcomes, keep),
            replace(plan, covariates=(*plan.covariates, *names)) if names else plan,
        )

    def record(self, cohort: Cohort, outcomes: Sample, plan: EvaluationPlan) -> float:
        """One refit, noted and reported; NaN where no estimate exists."""
        try:
            value = self.subject.refit(cohort, outcomes, plan)
        except Refused:
            value = float("nan")
        self.values.append(value)
        if self.progress is not None:
            self.progress(self.what, len(self.values), self.of)
        return value


def _free(name: str, taken: tuple[str, ...]) -> str:
    """`name`, lengthened until no covariate has it."""
    while name in taken:
        name += "_"
    return name


def _of_kept(outcomes: Sample, keep: NDArray[np.bool_]) -> Sample:
    """The outcomes of the people kept, under their new codes."""
    code = np.cumsum(keep) - 1
    seen = keep[outcomes.codes]
    codes = code[outcomes.codes[seen]].astype(np.int32)
    return Sample(outcomes.metric, read_only(codes), read_only(outcomes.values[seen].copy()))
