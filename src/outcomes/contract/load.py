"""A contract from its folder: terms, evaluation plans, rate cards and cases, checked as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from outcomes.contract.blend_checks import problems_of_blends
from outcomes.contract.calendar import first_day_of
from outcomes.contract.case_checks import problems_of_cases
from outcomes.contract.cases import Case, CaseFile
from outcomes.contract.clauses import MeasureTerms, PaymentClause
from outcomes.contract.holidays import read_holidays
from outcomes.contract.level_files import plan_files, with_files
from outcomes.contract.meaning import problems_of_meaning
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.plan_checks import problems_of_plan
from outcomes.contract.rate_card import RateCard, read_rate_card
from outcomes.contract.reading import read_as
from outcomes.contract.terms import ContractTerms
from outcomes.contract.variation_checks import problems_of_cards
from outcomes.contract.walk import Reading
from outcomes.document.canonical import canonical_bytes, file_sha256, sha256_hex
from outcomes.document.yaml import Document, read_document
from outcomes.errors import InputError, Problem
from outcomes.money import currency_exponent, is_currency

__all__ = ["Contract", "ContractFile", "contract_folder", "load_contract"]

T = TypeVar("T")

CONTRACT_FILE, PLAN_FILE, CASE_FILE = "contract.yaml", "evaluation.yaml", "cases.yaml"


@dataclass(frozen=True, slots=True)
class ContractFile:
    """One file of a contract: its name, size, hash and bytes, so that a run folder can keep it."""

    name: str
    size: int
    sha256: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as agreed, with its technical annex and worked examples.

    Attributes
    ----------
    terms : ContractTerms
    evaluation : mapping of plan id to EvaluationPlan
    cards : mapping of clause id to RateCard
    cases : tuple of Case
    files : tuple of ContractFile
    fingerprint : str
        SHA-256 of terms, plans, rate cards and holidays in canonical form; not of cases or
        comments.
    holidays : frozenset of date, optional
        Days that are not working days; None where the contract lists none.
    """

    terms: ContractTerms
    evaluation: Mapping[str, EvaluationPlan]
    cards: Mapping[str, RateCard]
    cases: tuple[Case, ...]
    files: tuple[ContractFile, ...]
    fingerprint: str
    holidays: frozenset[date] | None = None

    def clause(self, clause_id: str) -> PaymentClause:
        """The payment clause called `clause_id`.

        Raises
        ------
        KeyError
            If there is no such clause.
        """
        for clause in self.terms.payments:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def plan_for(self, measure: MeasureTerms, cohort: str) -> str:
        """The plan that measures `measure` for a cohort: a switch takes the last that has begun."""
        if not isinstance(measure.against, dict):
            return measure.against or self.plan_without_counterfactual(measure.metric)
        begun = [plan for start, plan in measure.against.items() if _has_begun(self.terms, start, cohort)]
        return begun[-1] if begun else next(iter(measure.against.values()))

    def plan_without_counterfactual(self, metric: str) -> str:
        """The plan that observes a metric for a clause that names none: the first that measures it."""
        plans = sorted(self.evaluation.values(), key=lambda plan: plan.design != "none")
        return next((plan.id for plan in plans if metric in plan.metrics), "observed")


def _has_begun(terms: ContractTerms, start: str, cohort: str) -> bool:
    """Whether a switch at `start` holds for `cohort`: by the order of named cohorts, else by their first days."""
    order = terms.cohorts.named if terms.cohorts else ()
    if start in order and cohort in order:
        return order.index(start) <= order.index(cohort)
    first, day = first_day_of(terms, start), first_day_of(terms, cohort)
    return first <= day if first and day else start == cohort


def contract_folder(path: str | Path) -> Path:
    """The folder of a contract given as a folder or as its ``contract.yaml``.

    Raises
    ------
    InputError
        If neither is there.
    """
    place = Path(path)
    folder = place.parent if place.name == CONTRACT_FILE else place
    if not (folder / CONTRACT_FILE).is_file():
        hint = (
            "Name a folder that holds contract.yaml; outcomes new makes one." if folder.is_dir() else "Check the path."
        )
        raise InputError(Problem("contract-missing", str(path), "there is no contract.yaml here.", hint))
    return folder


def load_contract(path: str | Path) -> Contract:
    """The contract at `path`, a folder or its ``contract.yaml``.

    Raises
    ------
    InputError
        With every problem of every file, each with file, line and column.

    Examples
    --------
    >>> contract = load_contract("contracts/hmp-peterborough")  # doctest: +SKIP
    >>> contract.terms.title  # doctest: +SKIP
    'HMP Peterborough, One Service social impact bond'
    """
    folder = contract_folder(path)
    problems: list[Problem] = []
    document = read_document(folder / CONTRACT_FILE)
    terms = _gather(problems, lambda: read_as(document, ContractTerms))
    plans = _gather(problems, lambda: _plans(folder, terms))
    case_document = _gather(problems, lambda: _beside(folder, CASE_FILE))
    case_file = _gather(problems, lambda: read_as(case_document, CaseFile)) if case_document else None
    cases = case_file.cases if case_file else ()
    cards = _gather(problems, lambda: _cards(folder, terms, document)) if terms else None
    holidays = _gather(problems, lambda: _holidays(folder, terms, document)) if terms else None
    if terms is not None:
        problems += problems_of_meaning(terms, plans, document)
        problems += problems_of_cards(Reading(terms, plans, document), cards) if cards is not None else ()
        # A fault of the contract would show again in each of its cases.
        if case_document is not None and not problems:
            problems += problems_of_cases(cases, terms, plans, cards, case_document)
    if problems or terms is None or plans is None or cards is None:
        raise InputError(problems)
    agreed = {"terms": terms, "plans": plans, "cards": cards}
    agreed |= {"holidays": sorted(holidays)} if holidays else {}
    fingerprint = sha256_hex(canonical_bytes(agreed))
    return Contract(terms, plans, cards, cases, _files(folder, terms, cards, plans), fingerprint, holidays)


def _gather(problems: list[Problem], read: Callable[[], T]) -> T | None:
    """What `read` gives; or None, with its problems added to the list."""
    try:
        return read()
    except InputError as error:
        problems += error.problems
        return None


def _beside(folder: Path, name: str) -> Document | None:
    """The document `name` beside the contract; None where there is nothing of that name, not even a broken link."""
    path = folder / name
    return read_document(path) if path.exists() or path.is_symlink() else None


def _plans(folder: Path, terms: ContractTerms | None) -> dict[str, EvaluationPlan]:
    document = _beside(folder, PLAN_FILE)
    if document is None:
        return {}
    if not isinstance(document.root.value, dict):
        raise InputError(Problem("shape", document.where(()), "a mapping of plans by their ids is expected."))
    plans: dict[str, EvaluationPlan] = {}
    problems: list[Problem] = []
    for plan_id, node in document.root.value.items():
        if isinstance(node.value, dict) and "id" in node.value:
            where = document.where((plan_id, "id"), at_key=True)
            message = '"id" is not a key here: the key above is the plan\'s id.'
            problems.append(Problem("key-unknown", where, message, "Delete it."))
        plan = _gather(problems, partial(read_as, document, EvaluationPlan, {"id": plan_id}, (plan_id,)))
        if plan is not None:
            plan = _gather(problems, partial(with_files, plan, folder, document)) or plan
            plans[plan_id] = plan
            problems += problems_of_plan(plan, document, terms.metrics if terms else None)
    problems += problems_of_blends(plans, document, terms)
    if problems:
        raise InputError(problems)
    return plans


def _cards(folder: Path, terms: ContractTerms, document: Document) -> dict[str, RateCard]:
    """The rate card of each clause that has one; a table lies beside its contract."""
    decimals = currency_exponent(terms.currency) if is_currency(terms.currency) else None
    cards: dict[str, RateCard] = {}
    problems: list[Problem] = []
    for index, clause in enumerate(terms.payments):
        if clause.rate_card is None:
            continue
        name, where = clause.rate_card.table, document.where(("payments", index, "rate_card", "table"))
        path = _gather(problems, partial(_table, folder, name, where))
        card = _gather(problems, partial(read_rate_card, path, name, decimals)) if path else None
        if card is not None:
            cards[clause.id] = card
    if problems:
        raise InputError(problems)
    return cards


def _table(folder: Path, name: str, where: str) -> Path:
    """The file of a table that the contract names, which lies beside it."""
    path = folder / name
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(Problem("table-missing", where, f'there is no file "{name}" beside the contract.'))
    return path


def _holidays(folder: Path, terms: ContractTerms, document: Document) -> frozenset[date] | None:
    """The days that are not working days; None where the contract names no list of them."""
    name = terms.calendar.holidays if terms.calendar else None
    if name is None:
        return None
    return read_holidays(_table(folder, name, document.where(("calendar", "holidays"))), name)


def _files(
    folder: Path, terms: ContractTerms, cards: Mapping[str, RateCard], plans: Mapping[str, EvaluationPlan]
) -> tuple[ContractFile, ...]:
    tables = {card.table for card in cards.values()} | plan_files(plans.values())
    tables |= {terms.calendar.holidays} if terms.calendar and terms.calendar.holidays else set()
    names = [CONTRACT_FILE, PLAN_FILE, CASE_FILE, *sorted(tables)]
    paths = [folder / name for name in names if (folder / name).is_file()]
    return tuple(ContractFile(path.name, path.stat().st_size, file_sha256(path), path.read_bytes()) for path in paths)
