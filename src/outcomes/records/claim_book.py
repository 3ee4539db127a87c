"""The claim workbook when it comes back: a dated delivery in one file, in place of ``data.yaml``.

The names of its sheets and headings stand here once; `claims/workbook.py` writes the
template from them.  Nothing is guessed: a renamed sheet or heading is a fault.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from outcomes.contract.calendar import calendar_window
from outcomes.contract.terms import ContractTerms, claim_clauses
from outcomes.document.xlsx import Book, is_workbook, open_book
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.period import Window, parse_day
from outcomes.records.conversion import words_for
from outcomes.records.csv_file import TextTable
from outcomes.records.data_map import ClaimColumns, ClaimsMap, DataMap, PeopleMap, Tables
from outcomes.records.dictionary import PEOPLE as _PEOPLE
from outcomes.records.sheet_file import sheet_table

__all__ = [
    "CLAIMS",
    "DELIVERY",
    "LABELS",
    "PEOPLE",
    "SCOPES",
    "ClaimBook",
    "book_checks",
    "claim_columns",
    "is_claim_book",
    "people_columns",
    "read_claim_book",
]

DELIVERY, CLAIMS, PEOPLE = "Delivery", "Claims", "People"
SCOPES: tuple[Literal["cumulative", "this period only"], ...] = ("cumulative", "this period only")
LABELS = ("Contract", "Period", "Scope", "Sent on", "Provider")
"""The rows of the Delivery sheet."""

_WANTED = {
    "Contract": "Write the contract's id as the template had it.",
    "Period": "Write the period as the template had it, such as 2026-Q3.",
    "Scope": "Choose cumulative (every claim since the start) or this period only.",
    "Sent on": "Write the day as a date in Excel, or year-month-day such as 2026-10-14.",
    "Provider": "Write who sends the list.",
}
Rows = tuple[tuple[str, ...], ...]
_SHEETS = (DELIVERY, CLAIMS, PEOPLE)
_ALWAYS = Window(date.min, date.max)
_NO_DAY = date.max
"""Stands for a day that was not told, while the rest of the workbook is checked; nothing is ever decided by it."""
_COMPARE = "Take the headings of the template: outcomes claims template writes it anew."
_SUFFIXES = (".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True, slots=True, eq=False)
class ClaimBook:
    """A filled claim workbook.

    Attributes
    ----------
    data_map : DataMap
        What a ``data.yaml`` beside the same tables would say.
    texts : mapping of str to TextTable
        ``claims``, and ``people`` where a row is filled.
    period : Window
        The days of the period that the workbook is for.
    faults : tuple of Problem
        Of the answers on the Delivery sheet.  Where there are any the rest can still be
        checked, so that everything is said in one pass, and must not be used.
    """

    data_map: DataMap
    texts: dict[str, TextTable]
    period: Window
    faults: tuple[Problem, ...] = ()


def is_claim_book(path: Path) -> bool:
    """True where `path` is a workbook, or is called one, and so stands in place of ``data.yaml``."""
    return path.is_file() and (path.suffix.lower() in _SUFFIXES or is_workbook(path))


def claim_columns(terms: ContractTerms) -> dict[str, str]:
    """The claims dictionary to the headings of the Claims sheet, in order."""
    several = {"clause": "Clause"} if len(claim_clauses(terms)) > 1 else {}
    return {
        "claim": "Your reference",
        "person": "Person",
        "outcome": "Outcome",
        "achieved_on": "Achieved on",
        "evidence": "Evidence",
        **several,
        "provider_ref": "Case reference",
        "withdrawn": "Withdraw",
    }


def people_columns(terms: ContractTerms) -> dict[str, str]:
    """The people dictionary to the headings of the People sheet: what the contract needs to know of a person."""
    cohorts = terms.cohorts
    columns = {"person": "Person", "index_date": "Started on"}
    if cohorts is not None:
        columns |= {"segment": "Segment"} if cohorts.segments else {}
        columns |= {"cohort": "Cohort"} if len(cohorts.named) > 1 else {}
        columns |= {"status": "Status"} if cohorts.leave_out else {}
        columns |= {rule.column: rule.column for rule in cohorts.eligible if rule.column not in columns}
    return columns | {"provider_ref": "Case reference"}


def read_claim_book(terms: ContractTerms, path: Path) -> ClaimBook:
    """The filled workbook at `path`, its headings and its Delivery sheet checked.

    Raises
    ------
    InputError
        With the faults of every sheet at once, each with its sheet and cell, where a sheet,
        a heading or a label is not as the template had it.
    """
    book = open_book(path, path.name)
    problems: list[Problem] = []
    faults: list[Problem] = []
    values = _values(terms, book, problems, faults)
    texts: dict[str, TextTable] = {}
    for table, title, columns in (
        ("claims", CLAIMS, claim_columns(terms)),
        ("people", PEOPLE, people_columns(terms)),
    ):
        rows = _rows(book, title, problems)
        if rows is not None:
            try:
                texts[table] = sheet_table(book, title, rows, list(columns.values()), _COMPARE)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError([*faults, *problems])
    if not texts["people"].rows:
        del texts["people"]
    window = calendar_window(values["Period"])
    data_map = _data_map(terms, values, book.name, "people" in texts)
    return ClaimBook(data_map, texts, window or _ALWAYS, tuple(faults))


def book_checks(terms: ContractTerms, late: int, period: Window) -> Iterator[CheckResult]:
    """What a claim workbook cannot say for itself, as findings.

    Parameters
    ----------
    terms : ContractTerms
    late : int
        Claims dated after the period.
    period : Window
    """
    last = period.last_day.isoformat()
    if late:
        sentence = f"Claims dated after the period's last day, {last}: {late:,}. They belong to a later period."
        yield CheckResult("claims-after-period", "warn", sentence, number=float(late), threshold=0.0)
    else:
        sentence = f"No claim is dated after {last}."
        yield CheckResult("claims-after-period", "pass", sentence, number=0.0, threshold=0.0)
    by_variation = any(variation.applies_to == "claims from" for variation in terms.variations)
    if by_variation or any(clause.limits.order_by == "received_on" for clause in terms.payments):
        sentence = "The contract looks at the day on which each claim was received, and a workbook has no such column."
        yield CheckResult("claims-received-on", "fail", sentence, blocking=True)


def _rows(book: Book, title: str, problems: list[Problem]) -> Rows | None:
    """The rows of a sheet; None, with the problems added, where it is not there or cannot be read."""
    if title not in book.titles:
        near = difflib.get_close_matches(title, book.titles, 1, 0.5)
        hint = f"Call {near[0]!a} {title} again." if near else f"The template has it: {', '.join(_SHEETS)}."
        problems.append(Problem("sheet-missing", book.name, f'there is no sheet "{title}".', hint))
        return None
    try:
        return book.sheet(title).rows
    except InputError as error:
        problems += error.problems
        return None


def _values(terms: ContractTerms, book: Book, problems: list[Problem], faults: list[Problem]) -> dict[str, str]:
    """What the Delivery sheet says, by label; faults of its answers are told apart from those of its shape."""
    rows = _rows(book, DELIVERY, problems)
    if rows is None:
        return {}
    values: dict[str, str] = {}
    places: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        label = row[0].strip() if row else ""
        if label in LABELS and label not in values:
            values[label], places[label] = (row[1].strip() if len(row) > 1 else ""), f"{book.name} {DELIVERY}!B{number}"
        elif label in values:
            where = f"{book.name} {DELIVERY}!A{number}"
            problems.append(Problem("label-twice", where, f'the row "{label}" stands twice.', "Delete one."))
    problems += _label_problems(values, [row[0].strip() for row in rows if row], book.name)
    faults += [_unanswered(label, places[label]) for label in LABELS if values.get(label) == ""]
    faults += _value_problems(terms, values, places)
    return values


def _unanswered(label: str, where: str) -> Problem:
    return Problem("value-missing", where, f'nothing is written beside "{label}".', _WANTED[label])


def _label_problems(values: dict[str, str], labels: list[str], name: str) -> Iterator[Problem]:
    for label in LABELS:
        if label not in values:
            near = difflib.get_close_matches(label, [cell for cell in labels if cell not in LABELS], 1, 0.6)
            hint = f"Call {near[0]!a} {label} again." if near else f"Its rows are {', '.join(LABELS)}."
            yield Problem("label-missing", f"{name} {DELIVERY}!A1", f'there is no row "{label}".', hint)


def _value_problems(terms: ContractTerms, values: dict[str, str], places: dict[str, str]) -> Iterator[Problem]:
    """Values that are written and cannot be meant."""
    contract, period, scope, sent = (values.get(label, "") for label in LABELS[:4])
    if contract and contract != terms.id:
        message = f'the workbook is for the contract {contract[:80]!a}, and this is "{terms.id}".'
        yield Problem("another-contract", places["Contract"], message, "Take the workbook made for this contract.")
    window = calendar_window(period)
    if period and window is None:
        yield Problem("period-unknown", places["Period"], "this is not a period.", _WANTED["Period"])
    if scope and scope not in SCOPES:
        yield Problem("scope-unknown", places["Scope"], "this is not one of the two answers.", _WANTED["Scope"])
    day = parse_day(sent)
    if sent and day is None:
        code, message, _ = words_for(sent, "date", "year-month-day")
        yield Problem(code, places["Sent on"], message, _WANTED["Sent on"])
    elif day is not None and window is not None and day < window.first_day:
        message = f"the list was made before the period {period} began."
        yield Problem("sent-before-period", places["Sent on"], message, "Correct the day, or the period.")


def _data_map(terms: ContractTerms, values: dict[str, str], name: str, with_people: bool) -> DataMap:
    """What a ``data.yaml`` would say of the same tables."""
    columns = people_columns(terms)
    # Of the columns of people only these are not words of the dictionary; no column is a number.
    words = tuple(column for column in columns if column not in _PEOPLE)
    people = PeopleMap(files=(name,), sheet=PEOPLE, columns=columns, categories=words) if with_people else None
    claims = ClaimsMap(files=(name,), sheet=CLAIMS, columns=ClaimColumns(**claim_columns(terms)))
    return DataMap(
        extracted=parse_day(values["Sent on"]) or _NO_DAY,
        dates="year-month-day",
        delivery="cumulative" if values["Scope"] == SCOPES[0] else "this period only",
        tables=Tables(people=people, claims=claims),
    )
