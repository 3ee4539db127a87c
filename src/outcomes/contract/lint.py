"""Structural lint: what a reader of the contract alone would ask about.

Every finding is a `CheckResult`; none blocks unless the contract lists its name under
``stop_on``.  What needs data or simulation is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.level_checks import level_defaults
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.findings import CheckResult
from outcomes.units import show_exact

__all__ = ["lint"]


def lint(contract: Contract) -> tuple[CheckResult, ...]:
    """Every structural finding of a contract, in the order of the file.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of CheckResult
        Named ``clause-reference``, ``missing-rule``, ``denominator``, ``window``,
        ``deadweight``, ``days-without-end``, ``cap-order``, ``not-assessable``, ``defaulted``, ``rounding``,
        ``paid-twice`` or ``data-source``.
    """
    findings = [*_references(contract), *_metrics(contract), *_clauses(contract), *_double(contract), *_plans(contract)]
    if contract.terms.if_not_assessable is None:
        findings.append(
            _warn(
                "not-assessable",
                "the contract does not say what happens where a result cannot be measured (if_not_assessable).",
            )
        )
    stops = set(contract.terms.stop_on)
    return tuple(_stopped(finding) if finding.name in stops else finding for finding in findings)


def _warn(name: str, sentence: str) -> CheckResult:
    return CheckResult(name, "warn", sentence)


def _stopped(finding: CheckResult) -> CheckResult:
    return CheckResult(finding.name, "fail", finding.sentence, blocking=True)


def _references(contract: Contract) -> Iterator[CheckResult]:
    terms = contract.terms
    parts = [("cohorts", terms.cohorts.clause)] if terms.cohorts else []
    parts += [(f"metric {name}", metric.clause) for name, metric in terms.metrics.items()]
    parts += [(f"clause {clause.id}", clause.clause) for clause in terms.payments]
    for part, reference in parts:
        if reference is None:
            yield _warn("clause-reference", f"{part} does not say which words of the signed contract it stands for.")


def _metrics(contract: Contract) -> Iterator[CheckResult]:
    published = {
        metric for plan in contract.evaluation.values() if plan.design == "published" for metric in plan.metrics
    }
    for name, metric in contract.terms.metrics.items():
        if metric.missing is None:
            yield _warn("missing-rule", f"metric {name} does not say what a missing value counts as.")
        if metric.count is None and metric.value is None and name not in published:
            yield _warn("data-source", f"metric {name} has no source in data: neither count nor value.")
        if metric.kind in ("binary", "count", "ratio") and metric.count is None and metric.value is None:
            yield _warn("window", f"metric {name} states no window in which it is counted.")
    cohorts = contract.terms.cohorts
    if contract.terms.metrics and (cohorts is None or cohorts.who_counts is None):
        yield _warn("denominator", "the contract does not say who counts: everyone eligible, or those engaged.")


def _clauses(contract: Contract) -> Iterator[CheckResult]:
    for clause in contract.terms.payments:
        gross = clause.pay_for is not None and clause.pay_for.fee is None
        if gross and clause.reduce_by is None and clause.expected_anyway is None:
            yield _warn(
                "deadweight",
                f"clause {clause.id} pays for outcomes gross: nothing says how many would have happened anyway.",
            )
        pays = clause.pay_for
        days = pays is not None and bool(pays.days or pays.days_without)
        if pays is not None and days and pays.stop_after is None and clause.until is None:
            yield _warn("days-without-end", f"clause {clause.id} pays for days, and nothing says when they stop.")
        limited = clause.limits.at_most is not None or clause.limits.outcomes is not None
        if limited and gross and clause.limits.order_by is None:
            yield _warn("cap-order", f"clause {clause.id} has a cap, and does not say by which date claims use it up.")
        if contract.terms.rounding.to > 1 and (clause.only_if or clause.when):
            step = show_exact(contract.terms.rounding.to)
            sentence = f"money is rounded to {step}, which could hide what a threshold of clause {clause.id} decides."
            yield _warn("rounding", sentence)


def _counted(clause: PaymentClause) -> tuple[str, ...]:
    if clause.measure:
        return ("measure", clause.measure.metric, " ".join(clause.measure.plans), clause.for_each, clause.for_)
    pays = clause.pay_for
    return ("claims", (pays.claims if pays else None) or clause.id, "", clause.for_each, clause.for_)


def _double(contract: Contract) -> Iterator[CheckResult]:
    seen: dict[tuple[str, ...], str] = {}
    for clause in contract.terms.payments:
        counted = _counted(clause)
        if counted in seen:
            yield _warn(
                "paid-twice", f"clauses {seen[counted]} and {clause.id} pay for the same outcome of the same people."
            )
        seen.setdefault(counted, clause.id)


def _plans(contract: Contract) -> Iterator[CheckResult]:
    paying = {plan for clause in contract.terms.payments if clause.measure for plan in clause.measure.plans}
    for plan in contract.evaluation.values():
        paying |= {*plan.blend.plans} if plan.blend and plan.id in paying else set()
    for plan in contract.evaluation.values():
        if plan.id in paying:
            yield from _defaulted(plan)


def _defaulted(plan: EvaluationPlan) -> Iterator[CheckResult]:
    """Settings that decide the number and that the annex leaves to their defaults."""
    match, weight = plan.match, plan.weight
    unsaid = []
    if match is not None and match.caliper is None and match.method in ("nearest", "optimal", "full"):
        unsaid += [] if match.calipers else ["match.caliper (none)"]
    if match is not None and match.method == "coarsened exact" and not (match.bins or match.cut_points):
        unsaid.append("match.bins (Sturges' rule)")
    if weight is not None and weight.kind == "ipw" and plan.estimand != "ato":
        nothing = weight.keep_scores is None and weight.cap_weights is None
        unsaid += ["weight.keep_scores and weight.cap_weights (nobody left out, no weight cut)"] if nothing else []
    unsaid += level_defaults(plan)
    if unsaid:
        yield _warn("defaulted", f"plan {plan.id} leaves to defaults what decides the number: {', '.join(unsaid)}.")
