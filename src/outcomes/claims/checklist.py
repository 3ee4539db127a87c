"""The checklist of a sample: one row for each claim to check, written for a spreadsheet and read back filled.

Every cell is checked before any of it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from outcomes.claims.payments import day_hint
from outcomes.claims.register import Register
from outcomes.claims.sampled import CheckedClaim, EvidenceFound, EvidenceSample, SampledClaim, SampleResult
from outcomes.contract.load import Contract
from outcomes.contract.scalars import has_hidden
from outcomes.document.canonical import file_sha256
from outcomes.document.tables import csv_table, spreadsheet_cell
from outcomes.errors import InputError, Problem
from outcomes.money import currency_exponent
from outcomes.period import parse_day
from outcomes.records.listing import Faults, raise_faults
from outcomes.records.table_file import read_table_rows

__all__ = [
    "ANSWER_COLUMNS",
    "CHECKLIST_COLUMNS",
    "FilledChecklist",
    "checklist_rows",
    "checklist_table",
    "read_checklist",
]

_REFERENCE = "Your reference"
ANSWER_COLUMNS = ("Evidence found (yes/no/partly)", "Right amount", "Checked by", "Checked on", "Note")
CHECKLIST_COLUMNS = (_REFERENCE, "Case", "Outcome", "Achieved on", "Evidence", "Amount", *ANSWER_COLUMNS)
_READ = (_REFERENCE, *ANSWER_COLUMNS)
_AMOUNT = re.compile(r"^(0|[1-9][0-9]*)(\.[0-9]+)?\Z", re.ASCII)
_WORDS: Mapping[str, EvidenceFound] = {"yes": "yes", "y": "yes", "no": "no", "n": "no", "partly": "partly"}


@dataclass(frozen=True, slots=True)
class FilledChecklist:
    """A checklist as it came back.

    Attributes
    ----------
    sample : EvidenceSample
        The sample whose claims it lists.
    sha256 : str
        Of the file.
    checked : tuple of CheckedClaim
    left : tuple of str
        Claims of the sample that have no answer yet.
    """

    sample: EvidenceSample
    sha256: str
    checked: tuple[CheckedClaim, ...]
    left: tuple[str, ...]

    def result(self, on: date) -> SampleResult:
        """The result, as it counts from a day on."""
        return SampleResult(self.sha256, on, self.checked)


def checklist_table(contract: Contract, register: Register, sample: EvidenceSample) -> bytes:
    """The checklist as CSV that Excel reads as UTF-8; no cell can become a formula."""
    return csv_table(CHECKLIST_COLUMNS, checklist_rows(contract, register, sample))


def checklist_rows(contract: Contract, register: Register, sample: EvidenceSample) -> list[tuple[str, ...]]:
    """One row for each claim to check, in order of references; what is to be filled in is empty."""
    drawn = sorted(sample.drawn, key=lambda claim: claim.claim_id)
    return [_row(contract, register, claim) for claim in drawn]


def _row(contract: Contract, register: Register, claim: SampledClaim) -> tuple[str, ...]:
    record = register.records[claim.claim_id]
    decision = record.decision
    card = contract.cards.get(decision.clause)
    line = card.find(decision.line, decision.segment) or card.line(decision.line) if card else None
    achieved = decision.achieved_on.isoformat() if decision.achieved_on else ""
    about = (decision.provider_ref, line.title if line else decision.line, achieved, record.claim.evidence or "")
    return (claim.claim_id, *about, format(claim.amount, "f"), *("",) * len(ANSWER_COLUMNS))


def read_checklist(path: Path, contract: Contract, register: Register) -> FilledChecklist:
    """A filled checklist, CSV or a workbook of one sheet.

    Parameters
    ----------
    path : Path
    contract : Contract
        Names the currency.
    register : Register
        Holds the sample.

    Raises
    ------
    InputError
        With every cell that cannot be read, by file and line.
    """
    rows = read_table_rows(path, _READ)
    sample = _sample_of(rows, register, path.name)
    amounts = {spreadsheet_cell(claim.claim_id.strip()): claim for claim in sample.drawn}
    exponent = currency_exponent(contract.terms.currency)
    faults: list[Problem] = []
    seen: dict[str, CheckedClaim | None] = {}
    for where, cells in rows:
        claim = amounts.get(spreadsheet_cell(cells[0]))
        problems = list(
            _problems(where, cells, claim, claim is not None and claim.claim_id in seen, register, exponent)
        )
        faults += problems
        if claim is not None and not problems:
            seen[claim.claim_id] = _checked(claim, cells)
    raise_faults([Faults(tuple(faults), len(faults))])
    checked = tuple(sorted((one for one in seen.values() if one), key=lambda one: one.claim_id))
    answered = {one.claim_id for one in checked}
    left = tuple(sorted(claim.claim_id for claim in sample.drawn if claim.claim_id not in answered))
    return FilledChecklist(sample, file_sha256(path), checked, left)


def _sample_of(rows: Sequence[tuple[str, tuple[str, ...]]], register: Register, name: str) -> EvidenceSample:
    """The sample that most of the claims listed belong to: no two stand for the same claim."""
    listed = {spreadsheet_cell(cells[0]) for _, cells in rows}
    known = [
        (len(listed & {spreadsheet_cell(claim.claim_id.strip()) for claim in sample.drawn}), sample)
        for sample in register.samples
    ]
    best = max(known, key=lambda pair: pair[0], default=None)
    if best is None or best[0] == 0:
        message = "no claim listed here was drawn in a sample of this register."
        raise InputError(Problem("not-a-checklist", name, message, "Fill the file that outcomes claims sample wrote."))
    return best[1]


def _problems(
    where: str,
    cells: Sequence[str],
    claim: SampledClaim | None,
    again: bool,
    register: Register,
    exponent: int,
) -> Iterator[Problem]:
    if claim is None:
        yield _stranger(where, cells[0], register)
        return
    if again:
        yield Problem("claim-repeated", where, "this claim stands in an earlier row too.", "Keep one of the rows.")
    if not any(cells[1:]):
        return
    found, right, by, on = _WORDS.get(cells[1].casefold()), cells[2], cells[3], cells[4]
    if found is None:
        hint = "Write yes, no or partly."
        yield Problem("answer-expected", where, "whether evidence was found is not said.", hint)
    yield from _amount_problems(where, found, right, claim, exponent)
    if not by:
        yield Problem("name-missing", where, "nobody is named who has checked this.", "Write a name.")
    if has_hidden(by + _one_line(cells[5])):
        message = "the name or the note holds a character that cannot be seen."
        yield Problem("hidden-character", where, message, "Type it again.")
    if parse_day(on) is None:
        yield Problem("date-expected", where, "the day of the check is not a day.", day_hint(where, "2026-10-14"))


def _stranger(where: str, reference: str, register: Register) -> Problem:
    known = {spreadsheet_cell(claim_id) for claim_id in register.records}
    hint = (
        "List only the claims that the checklist was written with. If Excel has made a number or a date of a reference "
        "(123 of 00123), write the checklist as .xlsx: outcomes claims sample with --out checklist.xlsx."
    )
    if spreadsheet_cell(reference) in known:
        return Problem("claim-not-drawn", where, "this claim was not drawn in this sample.", hint)
    return Problem("claim-unknown", where, "no claim of this reference is in the register.", hint)


def _amount_problems(
    where: str, found: str | None, right: str, claim: SampledClaim, exponent: int
) -> Iterator[Problem]:
    if not right:
        if found == "partly":
            hint = "Write what should have been paid."
            yield Problem("amount-missing", where, "evidence was found in part, and no right amount is given.", hint)
        return
    if not _AMOUNT.match(right):
        hint = "Write a number such as 1234.50, without a thousands mark or a currency sign."
        yield Problem("not-a-number", where, "the right amount is not a plain number.", hint)
    elif len(right.partition(".")[2]) > exponent:
        message = f"the right amount has more than {exponent} digits after the point."
        yield Problem("too-many-decimals", where, message, "Round it.")
    elif Decimal(right) > claim.amount:
        hint = "What was paid too little is claimed anew, not netted here."
        yield Problem("amount-above", where, "the right amount is more than what was paid.", hint)
    elif found == "no" and Decimal(right) > 0:
        message = "no evidence was found, and an amount is right all the same."
        yield Problem("answer-unclear", where, message, "Write partly, or leave the right amount empty.")
    elif found == "partly" and Decimal(right) == claim.amount:
        message = "evidence was found in part, and the whole amount is right."
        yield Problem("answer-unclear", where, message, "Write yes, or the lower amount that is right.")


def _one_line(note: str) -> str:
    """A note that somebody broke into lines in its cell."""
    return " ".join(note.split())


def _checked(claim: SampledClaim, cells: Sequence[str]) -> CheckedClaim | None:
    """The answer of a row without faults; None where nothing is filled in yet."""
    if not any(cells[1:]):
        return None
    found = _WORDS[cells[1].casefold()]
    nothing_said = claim.amount if found == "yes" else Decimal(0)
    on = parse_day(cells[4])
    assert on is not None  # _problems has looked
    return CheckedClaim(
        claim.claim_id, found, Decimal(cells[2]) if cells[2] else nothing_said, cells[3], on, _one_line(cells[5])
    )
