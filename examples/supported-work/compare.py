"""What the contract paid, beside the answer that a randomised trial gives and 36 other analyses.

Run after ``outcomes run examples/supported-work``, or on its own:
``uv run python examples/supported-work/compare.py``.

The plan in ``evaluation.yaml`` was fixed before any of this was looked at.  Nothing here
changes what was paid; it shows how far honest analyses of the same people differ.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np

import outcomes as oc

HERE = Path(__file__).parent
WHO = ("age", "educ", "black", "hisp", "married", "nodegree")
SETS = {
    "six traits": WHO,
    "and 1975": (*WHO, "re75", "re75 = 0"),
    "all ten": (*WHO, "re74", "re75", "re74 = 0", "re75 = 0"),
}
CALIPERS = {"none": None, "0.2 sd": oc.Quantity(Fraction(1, 5), "sd", "logit score")}
ORDERS = ("largest", "smallest", "random")
ADJUST = ("none", "regression")
WEIGHTINGS = (
    ("inverse probability weights", "ipw", "none"),
    ("entropy balancing", "entropy", "none"),
    ("augmented weighting (AIPW)", "ipw", "aipw"),
)


class Study:
    """The people, their earnings and the contract, read once."""

    def __init__(self) -> None:
        self.contract = oc.load_contract(HERE)
        self.records = oc.read_records(self.contract, HERE / "data.yaml")
        self.plan = self.contract.evaluation["matched-cps"]
        self.cohort = oc.select_cohort(self.contract, self.records, self.plan)
        self.earnings = oc.observe(self.contract, self.records, self.cohort, "earnings")

    def estimate(self, plan: oc.EvaluationPlan) -> oc.Estimate:
        """One analysis: the comparison is designed anew, then earnings are read."""
        return oc.estimate(oc.match(self.cohort, plan), self.earnings, plan, checks=False)

    def payment(self, estimate: oc.Estimate) -> str:
        """What the contract would pay on one estimate."""
        found = oc.evidence([estimate])
        return str(oc.price(self.contract, found, self.records.as_of, draws=100).total.due)

    def weighting(self, kind: str, adjust: str) -> oc.EvaluationPlan:
        """The same plan by weighting instead of matching."""
        variance = "influence" if adjust == "aipw" else "m-estimation"
        inference = replace(self.plan.inference, kind=variance)
        weight = oc.WeightTerms(kind=kind)
        return replace(self.plan, design="weighting", match=None, weight=weight, adjust=adjust, inference=inference)


def line(name: str, estimate: oc.Estimate, paid: str) -> str:
    """One row: difference in dollars per person, standard error, payment."""
    effect = estimate.effect
    return f"  {name:<48}{float(effect.difference):>7,.0f}{float(effect.standard_error):>6,.0f}{paid:>15}"


def simple_comparisons(study: Study) -> list[str]:
    """Differences that need no model: against the survey, before and after, and the trial itself."""
    treated = study.cohort.treated
    before = study.cohort.covariates.column("re75")[treated]
    after = np.zeros(study.cohort.units.n)
    after[study.earnings.codes] = study.earnings.values
    with (HERE / "randomised.csv").open(encoding="utf-8") as stream:
        control = np.array([float(row["re78"]) for row in csv.DictReader(stream)])
    served = after[treated]
    error = np.sqrt(served.var(ddof=1) / served.size + control.var(ddof=1) / control.size)
    return [
        f"  {'the randomised trial: 185 against 260 men':<48}{served.mean() - control.mean():>7,.0f}{error:>6,.0f}",
        f"  {'naive: against all 15,992 men of the survey':<48}{served.mean() - after[~treated].mean():>7,.0f}",
        f"  {'before and after: 1978 less 1975, same men':<48}{(served - before).mean():>7,.0f}",
    ]


def specifications(study: Study) -> list[tuple[str, oc.Estimate]]:
    """The 36 analyses: covariates x caliper x order x adjustment."""
    made = []
    for (covariates, caliper, order), adjust in product(product(SETS, CALIPERS, ORDERS), ADJUST):
        match = replace(study.plan.match, caliper=CALIPERS[caliper], order=order)
        plan = replace(study.plan, covariates=SETS[covariates], match=match, adjust=adjust)
        made.append((f"{covariates}, caliper {caliper}, {order}, {adjust}", study.estimate(plan)))
    return made


def main() -> None:
    """Prints the comparison."""
    study = Study()
    sealed = study.estimate(study.plan)
    print(f"\n  {'Earnings in 1978, dollars per person':<48}{'gain':>7}{'error':>6}{'payment':>15}")
    print(line("the sealed plan: matched, adjusted", sealed, study.payment(sealed)))
    print("\n".join(simple_comparisons(study)))
    for name, kind, adjust in WEIGHTINGS:
        found = study.estimate(study.weighting(kind, adjust))
        print(line(name, found, study.payment(found)))
    print("\n36 analyses that could have been chosen instead:")
    rows = specifications(study)
    for name, found in rows:
        print(line(name, found, study.payment(found)))
    differences = sorted(float(found.effect.difference) for _, found in rows)
    middle = (differences[17] + differences[18]) / 2
    print(
        f"\nThey run from {differences[0]:,.0f} to {differences[-1]:,.0f}, middle {middle:,.0f}; the trial says 1,794."
    )


if __name__ == "__main__":
    main()
