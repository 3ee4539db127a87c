"""The claim workbook as it goes out: prepared sheets with drop-downs from the contract.

What comes back is read by `records/claim_book.py`, where the names of sheets and headings
stand.  No cell is a formula, whatever the contract's words begin with; the same contract
and period give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from outcomes.claims.book_words import BookTerms, OutcomeRow, book_terms, guide
from outcomes.contract.load import Contract
from outcomes.contract.terms import ContractTerms
from outcomes.document.xlsx import column_letters
from outcomes.records.claim_book import CLAIMS, DELIVERY, LABELS, PEOPLE, SCOPES, claim_columns, people_columns

__all__ = ["ROWS", "claim_workbook"]

ROWS = 2_000
"""Prepared rows of the Claims sheet, and of the People sheet."""

_README, _OUTCOMES = "Read me", "Outcomes"
_OUTCOME_HEADINGS = (
    "Outcome",
    "What it is",
    "Price",
    "Evidence",
    "Times per person",
    "Only after",
    "Not together with",
    "Paid at most",
    "Clause",
)
_WIDTHS = {"Outcome": 24, "Evidence": 26, "Your reference": 18, "Case reference": 18, "Person": 18}
_OTHER_WIDTH = 14
_OUTCOME_WIDTHS = (20, 38, 13, 24, 11, 18, 18, 20, 16)
_GREY, _DARK = "#E8EEF4", "#1F3A55"


@dataclass(frozen=True, slots=True)
class _Writer:
    """A workbook under way, its cell formats, and what it is about."""

    book: Any
    formats: Mapping[str, Any]
    contract: Contract
    terms: BookTerms


def claim_workbook(contract: Contract, period: str) -> bytes:
    """The bytes of the claim workbook of one period.

    Parameters
    ----------
    contract : Contract
    period : str
        ``2026-09``, ``2026-Q3``, ``2026-H2`` or ``2026``.

    Raises
    ------
    InputError
        If the contract pays for no claims, or the period is none of its claim periods.

    Examples
    --------
    >>> data = claim_workbook(load_contract("examples/reboot-west"), "2022-Q1")  # doctest: +SKIP
    """
    import xlsxwriter

    terms = book_terms(contract, period)
    stream = io.BytesIO()
    # Words of a contract are never a formula or a link, and nothing is kept on disk.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        made = datetime.combine(terms.days.first_day, time())
        book.set_properties({"title": f"Claims {period}, {contract.terms.id}"[:200], "created": made})
        writer = _Writer(book, _formats(book), contract, terms)
        # The order of the tabs is the order of the work.
        _read_me(writer)
        _delivery(writer)
        _entry_sheet(writer, CLAIMS, claim_columns(contract.terms), _claim_rules(terms))
        _outcomes(writer)
        _entry_sheet(writer, PEOPLE, people_columns(contract.terms), _people_rules(contract.terms, terms))
    return stream.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    body = {"valign": "top", "text_wrap": True}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "font_color": _DARK}),
        "heading": book.add_format({"bold": True, "bg_color": _DARK, "font_color": "white", **body}),
        "label": book.add_format({"bold": True, **body}),
        "words": book.add_format(body),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "answer": book.add_format({"num_format": "@", "bg_color": _GREY, "border": 1, **body}),
        "answer date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "bg_color": _GREY, "border": 1}),
    }


def _sheet(writer: _Writer, title: str) -> Any:
    """A new sheet that prints on the width of one page."""
    sheet = writer.book.add_worksheet(title)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
    return sheet


def _read_me(writer: _Writer) -> None:
    sheet = _sheet(writer, _README)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, f"Claims for {writer.terms.period}", writer.formats["title"])
    for number, (name, words) in enumerate(guide(writer.contract, writer.terms), start=2):
        sheet.write_string(number, 0, name, writer.formats["label"])
        sheet.write_string(number, 1, words, writer.formats["words"])


def _delivery(writer: _Writer) -> None:
    """One row for each thing that dates the delivery; the scope is never filled in for the provider."""
    sheet, formats, terms = _sheet(writer, DELIVERY), writer.formats, writer.terms
    parties = writer.contract.terms.parties
    providers = tuple(dict.fromkeys((parties.contract_holder, *parties.providers)))
    only = providers[0] if len(providers) == 1 else ""
    notes = (
        "",
        "",
        "cumulative: every claim since the start. this period only: the new ones alone.",
        "The day on which you made this list, as yyyy-mm-dd.",
        "Who sends the list.",
    )
    answers = (writer.contract.terms.id, terms.period, "", "", only)
    for column, (heading, width) in enumerate((("What", 14), ("Answer", 34), ("How", 70))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, formats["heading"])
    for row, (label, answer, note) in enumerate(zip(LABELS, answers, notes, strict=True), start=1):
        sheet.write_string(row, 0, label, formats["label"])
        form = formats["answer date" if label == "Sent on" else "answer"]
        if answer:
            sheet.write_string(row, 1, answer, form)
        else:
            sheet.write_blank(row, 1, None, form)
        sheet.write_string(row, 2, note, formats["words"])
    sheet.freeze_panes(1, 0)
    sheet.data_validation(3, 1, 3, 1, _chosen(list(SCOPES), "Scope", "Choose one of the two."))
    sheet.data_validation(4, 1, 4, 1, _day(terms.days.first_day, date(9999, 12, 31), "Sent on"))
    if all("," not in name for name in providers) and len(",".join(providers)) < 255:
        words = "Choose who sends the list."
        sheet.data_validation(5, 1, 5, 1, _chosen(list(providers), "Provider", words) | {"error_type": "warning"})


def _entry_sheet(writer: _Writer, title: str, columns: Mapping[str, str], rules: Mapping[str, dict[str, Any]]) -> None:
    """A table of prepared rows.  Whole columns carry the format, so that 007 stays 007 below the table too."""
    sheet = _sheet(writer, title)
    for position, (name, heading) in enumerate(columns.items()):
        form = writer.formats["date" if name in ("achieved_on", "index_date") else "text"]
        sheet.set_column(position, position, _WIDTHS.get(heading, _OTHER_WIDTH), form)
        if name in rules:
            sheet.data_validation(1, position, ROWS, position, rules[name])
    headings = [{"header": heading, "header_format": writer.formats["heading"]} for heading in columns.values()]
    sheet.add_table(0, 0, ROWS, len(columns) - 1, {"name": title, "columns": headings, "style": "Table Style Light 9"})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def _outcomes(writer: _Writer) -> None:
    """What can be claimed; beside it the lists that cells of the Claims sheet choose from."""
    sheet, terms, formats = _sheet(writer, _OUTCOMES), writer.terms, writer.formats
    headings = _OUTCOME_HEADINGS if len(terms.clauses) > 1 else _OUTCOME_HEADINGS[:-1]
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, _OUTCOME_WIDTHS[column])
        sheet.write_string(0, column, heading, formats["heading"])
    for number, row in enumerate(terms.outcomes, start=1):
        for column, words in enumerate(_cells(row)[: len(headings)]):
            sheet.write_string(number, column, words, formats["words"])
    evidence, clauses = _lists(terms)
    for column, heading, values in (evidence, clauses) if len(terms.clauses) > 1 else (evidence,):
        sheet.set_column(column, column, _OTHER_WIDTH * 2)
        sheet.write_string(0, column, heading, formats["heading"])
        for number, value in enumerate(values, start=1):
            sheet.write_string(number, column, value, formats["words"])
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)


def _cells(row: OutcomeRow) -> tuple[str, ...]:
    rules = (row.times, row.requires, row.excludes, row.maximum)
    return (row.outcome, row.title, row.price, row.evidence, *rules, row.clause)


def _lists(terms: BookTerms) -> list[tuple[int, str, tuple[str, ...]]]:
    """Column, heading and values of the lists on the Outcomes sheet, one empty column after its table."""
    first = len(_OUTCOME_HEADINGS) + 1
    return [(first, "Kinds of evidence", terms.evidence), (first + 1, "Clauses", terms.clauses)]


def _list_of(column: int, values: Sequence[str]) -> str:
    letters = column_letters(column + 1)
    return f"={_OUTCOMES}!${letters}$2:${letters}${len(values) + 1}"


def _claim_rules(terms: BookTerms) -> dict[str, dict[str, Any]]:
    """What each column of the Claims sheet accepts."""
    (evidence_at, _, evidence), (clause_at, _, clauses) = _lists(terms)
    outcomes = tuple(row.outcome for row in terms.outcomes)
    rules = {
        "claim": _told("Your reference", "Your own name for this claim, different for each claim."),
        "person": _told("Person", "The person's identifier, always written the same way. No names."),
        "outcome": _chosen(_list_of(0, outcomes), "Outcome", "Choose an outcome; sheet Outcomes says what each is."),
        "achieved_on": _day(terms.first_day, terms.days.last_day, "Achieved on"),
        "clause": _chosen(_list_of(clause_at, clauses), "Clause", "Choose the clause that you claim under."),
        "provider_ref": _told("Case reference", "Your own case number. May stay empty."),
        "withdrawn": _chosen(["yes"], "Withdraw", "yes takes the claim back. Leave it empty otherwise."),
    }
    if evidence:
        words = "Choose the evidence that you hold for this claim."
        rules["evidence"] = _chosen(_list_of(evidence_at, evidence), "Evidence", words)
    return rules


def _people_rules(terms: ContractTerms, book: BookTerms) -> dict[str, dict[str, Any]]:
    """What each column of the People sheet accepts."""
    cohorts = terms.cohorts
    listed: dict[str, Sequence[str]] = {}
    if cohorts is not None:
        listed = {rule.column: rule.in_ for rule in cohorts.eligible}
        listed |= {"segment": tuple(cohorts.segments), "cohort": cohorts.named, "status": tuple(cohorts.leave_out)}
    rules = {
        "person": _told("Person", "The person's identifier, as on the Claims sheet. One row for each person."),
        "index_date": _day(book.first_start, book.days.last_day, "Started on"),
    }
    for name, values in listed.items():
        # A list inside a rule is cut at its commas and holds 255 characters.
        if values and len(",".join(values)) < 255 and not any("," in value for value in values):
            # Somebody outside the contract's own words may be listed too: told, not forbidden.
            rules[name] = _chosen(list(values), name.capitalize(), "Choose a value.") | {"error_type": "warning"}
    return rules


def _told(title: str, words: str) -> dict[str, Any]:
    return {"validate": "any", "input_title": title, "input_message": words}


def _chosen(source: str | list[str], title: str, words: str) -> dict[str, Any]:
    """A drop-down."""
    return {
        "validate": "list",
        "source": source,
        "input_title": title,
        "input_message": words,
        "error_title": title,
        "error_message": "This is not one of the list. Choose one with the arrow beside the cell.",
    }


def _day(first: date, last: date, title: str) -> dict[str, Any]:
    """A day between two days, both included."""
    words = f"from {first.isoformat()}" + (f" to {last.isoformat()}" if last.year < 9999 else " on")
    return {
        "validate": "date",
        "criteria": "between",
        "minimum": first,
        "maximum": last,
        "input_title": title,
        "input_message": f"A date {words}.",
        "error_title": title,
        "error_message": f"This is not a date {words}. Write it as year-month-day, such as {first.isoformat()}.",
    }
