"""Faults of the worked examples: what a case names and the contract does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outcomes.contract.cases import Case, GivenClaims, GivenCount, GivenResult
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.rate_card import RateCard
from outcomes.contract.reading import nearest
from outcomes.contract.terms import ContractTerms
from outcomes.document.yaml import Document, Path_
from outcomes.errors import Problem

__all__ = ["problems_of_cases"]

_TOGETHER = "all cohorts together"


@dataclass(frozen=True, slots=True)
class _Beside:
    """The cases' file and the contract that it lies beside."""

    terms: ContractTerms
    plans: Mapping[str, EvaluationPlan] | None
    cards: Mapping[str, RateCard]
    document: Document

    def unknown(self, path: Path_, word: str, known: list[str], what: str) -> Iterator[Problem]:
        if word not in known:
            where = self.document.where(path)
            yield Problem(f"{what}-unknown", where, f'"{word}" is not a {what} of the contract.', nearest(word, known))

    def cohorts(self) -> list[str]:
        """Every cohort that a clause pays for."""
        cohorts = self.terms.cohorts
        steps = {clause.for_each for clause in self.terms.payments} - {_TOGETHER}
        return [_TOGETHER, *(label for step in sorted(steps) if cohorts for label in cohorts.labels(step))]


def problems_of_cases(
    cases: tuple[Case, ...],
    terms: ContractTerms,
    plans: Mapping[str, EvaluationPlan] | None,
    cards: Mapping[str, RateCard] | None,
    document: Document,
) -> list[Problem]:
    """What the cases name and the contract does not know, and results that are no result.

    `plans` and `cards` are None where they could not be read; then nothing is said about them.
    """
    beside = _Beside(terms, plans, cards or {}, document)
    problems: list[Problem] = []
    for index, case in enumerate(cases):
        path: Path_ = ("cases", index)
        for place, result in enumerate(case.given.results):
            problems += _result(beside, result, (*path, "given", "results", place))
        for place, claims in enumerate(case.given.claims):
            problems += _claims(beside, claims, (*path, "given", "claims", place))
        for place, number in enumerate(case.given.counted):
            problems += _number(beside, number, (*path, "given", "counted", place))
        clauses = [clause.id for clause in terms.payments]
        for key in ("clauses", "states"):
            for clause in getattr(case.expect, key):
                problems += beside.unknown((*path, "expect", key, clause), clause, clauses, "clause")
        for payer in case.expect.payers:
            known = list(terms.parties.outcome_payers)
            problems += beside.unknown((*path, "expect", "payers", payer), payer, known, "payer")
    return problems


def _result(beside: _Beside, result: GivenResult, path: Path_) -> Iterator[Problem]:
    yield from beside.unknown((*path, "metric"), result.metric, list(beside.terms.metrics), "metric")
    if result.against is not None and beside.plans is not None:
        yield from beside.unknown((*path, "against"), result.against, list(beside.plans), "plan")
    if result.cohort is not None:
        yield from beside.unknown((*path, "cohort"), result.cohort, beside.cohorts(), "cohort")
    where = beside.document.where(path)
    alone = result.treated is None and result.counterfactual is not None
    if alone or (result.treated is None) == (result.improvement is None):
        hint = "Write treated: and counterfactual:, treated: alone where nothing is compared, or improvement:."
        yield Problem("result", where, "a result states its levels, or an improvement.", hint)
    if result.improvement is not None and result.improvement.unit not in ("%", "pp"):
        at = beside.document.where((*path, "improvement"))
        shown = str(result.improvement)
        yield Problem("unit-missing", at, f'the improvement "{shown}" needs a unit.', "Write % or pp.")
    if result.per == 0:
        yield Problem("per-zero", beside.document.where((*path, "per")), "per: 0 has no meaning.", "Write per: 100.")
    if result.se is not None and result.se <= 0:
        at = beside.document.where((*path, "se"))
        yield Problem("result", at, "a standard error is above zero.", "Leave it out where none was measured.")


def _claims(beside: _Beside, claims: GivenClaims, path: Path_) -> Iterator[Problem]:
    counted = [clause.id for clause in beside.terms.payments if clause.pay_for and clause.pay_for.fee is None]
    yield from beside.unknown((*path, "clause"), claims.clause, counted, "clause")
    if claims.cohort is not None:
        yield from beside.unknown((*path, "cohort"), claims.cohort, beside.cohorts(), "cohort")
    yield from _segment(beside, claims.segment, path)
    if claims.priced_from is not None:
        days = [variation.from_.isoformat() for variation in beside.terms.variations if variation.prices]
        yield from beside.unknown((*path, "priced_from"), claims.priced_from.isoformat(), days, "variation")
    card = beside.cards.get(claims.clause)
    if card is None:
        return
    known = [line.id for line in card.lines]
    for key in ("counts", "people"):
        for line in getattr(claims, key):
            yield from beside.unknown((*path, key, line), line, known, "line")
    for place, profile in enumerate(claims.profiles):
        for line in profile.each:
            yield from beside.unknown((*path, "profiles", place, "each", line), line, known, "line")


def _number(beside: _Beside, number: GivenCount, path: Path_) -> Iterator[Problem]:
    """Days, people or money that a case gives for a clause which counts them."""
    counted = [
        clause.id
        for clause in beside.terms.payments
        if clause.pay_for and clause.pay_for.fee is None and clause.pay_for.claims is None
    ]
    yield from beside.unknown((*path, "clause"), number.clause, counted, "clause")
    if number.cohort is not None:
        yield from beside.unknown((*path, "cohort"), number.cohort, beside.cohorts(), "cohort")
    yield from _segment(beside, number.segment, path)
    if number.quantity < 0:
        where = beside.document.where((*path, "quantity"))
        yield Problem("negative-amount", where, "what is counted is not below nothing.", "Write it without minus.")


def _segment(beside: _Beside, segment: str, path: Path_) -> Iterator[Problem]:
    segments = list(beside.terms.cohorts.segments) if beside.terms.cohorts else []
    if segment != "everyone":
        yield from beside.unknown((*path, "segment"), segment, segments, "segment")
