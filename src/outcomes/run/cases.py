"""Works out the cases that lie beside a contract and says which do not come out as expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from outcomes.claims.objects import ClaimCount, ClaimProfile
from outcomes.contract.cases import Case, GivenClaims, GivenCount, GivenResult
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Covariance, Effect, EffectKey, Estimate, NotMeasured, VarianceRule
from outcomes.errors import InputError, OutcomesError, Problem
from outcomes.money import Money
from outcomes.numbers import exact_from_float, read_only
from outcomes.payment.evidence import ALL_COHORTS, Counted, evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement

__all__ = ["CaseResult", "case_statement", "run_cases"]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: whether it came out, what was expected and what came."""

    name: str
    passed: bool
    expected: str
    got: str
    mark: str
    source: str


def run_cases(contract: Contract) -> tuple[CaseResult, ...]:
    """Every case of the contract, worked out.

    A case passes when its total and each clause's amount and state and each payer's amount
    that it names come out exactly; there is no tolerance.
    """
    return tuple(_run(contract, case) for case in contract.cases)


def _run(contract: Contract, case: Case) -> CaseResult:
    currency = contract.terms.currency
    wanted = str(Money(_decimal(case.expect.total), currency))
    try:
        statement = case_statement(contract, case)
    except OutcomesError as error:
        return CaseResult(case.name, False, wanted, str(error.problems[0].message), case.mark, case.source)
    differences = list(_differences(contract, case, statement))
    got = str(Money(statement.due, currency))
    return CaseResult(case.name, not differences, wanted, "; ".join([got, *differences]), case.mark, case.source)


def case_statement(contract: Contract, case: Case) -> PaymentStatement:
    """The statement that a case gives: the same engine that prices a real run.

    Raises
    ------
    OutcomesError
        If the case names a metric or clause that does not exist, or cannot be priced.
    """
    estimates = [_estimate(contract, case, result) for result in case.given.results]
    counts = [count for claims in case.given.claims for count in _counts(contract, case, claims)]
    profiles = [profile for claims in case.given.claims for profile in _profiles(claims)]
    counted = [_counted(count) for count in case.given.counted]
    return price(contract, evidence(estimates, counts, counted, profiles), case.given.as_of, draws=1000)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _differences(contract: Contract, case: Case, statement: PaymentStatement) -> Iterator[str]:
    if Fraction(statement.due) != case.expect.total:
        yield f"expected {Money(_decimal(case.expect.total), contract.terms.currency)}"
    due = {clause.id: clause for clause in statement.clauses}
    for clause_id in (*case.expect.clauses, *case.expect.states):
        if clause_id not in due:
            yield f'"{clause_id}" is not a clause'
    for clause_id, amount in case.expect.clauses.items():
        if clause_id in due and Fraction(due[clause_id].due) != amount:
            yield f"clause {clause_id}: {due[clause_id].due:f}, expected {_decimal(amount):f}"
    owed = {payer.payer: payer.due for payer in statement.payers}
    for payer, amount in case.expect.payers.items():
        if Fraction(owed.get(payer, Decimal(0))) != amount:
            yield f"{payer} pays {owed.get(payer, Decimal(0)):f}, expected {_decimal(amount):f}"
    for clause_id, state in case.expect.states.items():
        if clause_id in due and due[clause_id].state != state:
            yield f"clause {clause_id} is {due[clause_id].state}, expected {state}"


def _estimate(contract: Contract, case: Case, result: GivenResult) -> Estimate:
    metric = contract.terms.metrics.get(result.metric)
    if metric is None:
        raise InputError(Problem("metric-unknown", f"cases.yaml {case.name}", f'"{result.metric}" is not a metric.'))
    plan = result.against or _plan_of(contract, result.metric, result.cohort or ALL_COHORTS)
    key = EffectKey(plan, result.metric, result.cohort or ALL_COHORTS, result.segment)
    treated, other, known = _levels(case, result, metric.better == "lower")
    rule, uncertainty, error = _variance(key, result)
    effect = Effect(
        key=key,
        design="published",
        estimand="as the case gives it",
        treated_level=treated,
        counterfactual_level=other,
        n_cohort=result.people,
        n_measured=result.people,
        n_comparison=None,
        variance=rule,
        standard_error=error,
        confidence=contract.evaluation[plan].confidence if plan in contract.evaluation else Fraction(9, 10),
        source=case.source,
        known=known,  # type: ignore[arg-type]
        complier_share=_own_people(contract, plan),
        spread=result.spread,
    )
    return Estimate(effect, uncertainty)


def _own_people(contract: Contract, plan: str) -> Fraction | None:
    """All of the people that a case gives, also where the effect is on compliers: it gives those."""
    terms = contract.evaluation[plan].experiment if plan in contract.evaluation else None
    return Fraction(1) if terms is not None and terms.effect == "compliers" else None


def _plan_of(contract: Contract, metric: str, cohort: str) -> str:
    """The plan that the contract's first clause on this metric names."""
    for clause in contract.terms.payments:
        if clause.measure and clause.measure.metric == metric and clause.measure.plans:
            return contract.plan_for(clause.measure, cohort)
    return contract.plan_without_counterfactual(metric)


def _levels(case: Case, result: GivenResult, lower: bool) -> tuple[Fraction, Fraction | None, str]:
    if result.treated is not None and result.improvement is None:
        other = None if result.counterfactual is None else result.counterfactual / result.per
        return result.treated / result.per, other, "levels"
    gain = result.improvement
    if gain is None or gain.unit not in ("%", "pp") or result.treated is not None:
        message = "a result states both levels, or an improvement in % or pp."
        raise InputError(Problem("result", f"cases.yaml {case.name}", message))
    change = -gain.value / 100 if lower else gain.value / 100
    return (1 + change, Fraction(1), "relative") if gain.unit == "%" else (change, Fraction(0), "difference")


def _variance(
    key: EffectKey, result: GivenResult
) -> tuple[VarianceRule | NotMeasured, Covariance | NotMeasured, Fraction | None]:
    if result.se is None or result.se <= 0:
        reason = NotMeasured("the case gives no standard error.")
        return reason, reason, None
    error = float(result.se / result.per)
    matrix = read_only(np.diag([error**2 / 2, error**2 / 2]))
    infinite = float("inf")
    rule = VarianceRule("published", "", infinite, "as the case gives it, split evenly over both levels")
    return rule, Covariance((key,), matrix, (infinite,)), exact_from_float(error)


def _counted(count: GivenCount) -> Counted:
    return Counted(count.clause, "", count.cohort or ALL_COHORTS, count.segment, count.quantity, count.people)


def _profiles(claims: GivenClaims) -> Iterator[ClaimProfile]:
    for profile in claims.profiles:
        day = claims.priced_from.isoformat() if claims.priced_from else ""
        lines = tuple((line, day, count) for line, count in profile.each.items())
        yield ClaimProfile(claims.clause, claims.cohort or ALL_COHORTS, claims.segment, profile.people, lines)


def _line_counts(claims: GivenClaims) -> dict[str, tuple[int, int]]:
    """Accepted claims and people of each line, as given or from the profiles."""
    found = {line: (count, claims.people.get(line, count)) for line, count in claims.counts.items()}
    for profile in claims.profiles:
        for line, count in profile.each.items():
            claimed, people = found.get(line, (0, 0))
            found[line] = (claimed + count * profile.people, people + profile.people * (count > 0))
    return found


def _counts(contract: Contract, case: Case, claims: GivenClaims) -> Iterator[ClaimCount]:
    lines = {line.id for line in contract.cards[claims.clause].lines} if claims.clause in contract.cards else None
    priced_from = claims.priced_from.isoformat() if claims.priced_from else ""
    for line, (count, people) in _line_counts(claims).items():
        if lines is not None and line not in lines:
            raise InputError(
                Problem("line-unknown", f"cases.yaml {case.name}", f'"{line}" is not a line of the rate card.')
            )
        cohort = claims.cohort or ALL_COHORTS
        yield ClaimCount(claims.clause, line, cohort, claims.segment, count, count, 0, 0, people, priced_from)
