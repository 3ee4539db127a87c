"""Whether the spans that are delivered now still hold the days that were paid before.

No register keeps spans, so that days are counted anew from one delivery, and one that holds a
single period, by a slip, would take back or leave unpaid what all the others hold.  The days up
to the last statement are therefore counted again from what is delivered now, and priced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from outcomes.claims.register import Register
from outcomes.errors import Refused
from outcomes.findings import CheckResult
from outcomes.money import Money
from outcomes.records.objects import Records
from outcomes.run.counted import count_from_records, counted_clauses
from outcomes.run.objects import Run
from outcomes.run.repricing import priced_again, state_of

__all__ = ["check_days_before"]


def check_days_before(run: Run, register: Register, records: Records | None) -> Iterator[CheckResult]:
    """A blocking finding for each clause whose days up to the last statement have become fewer.

    Compared is what the last statement gave with what the days come to before limits, which
    can only hide a loss and never make one up.
    """
    given = {
        clause.id: register.payable[clause.id]
        for clause in counted_clauses(run.contract.terms)
        if register.payable.get(clause.id, Decimal(0)) > 0
    }
    if not given or not register.statements:
        return
    last = max(note.as_of for note in register.statements)
    now = _before_limits(run, records, last)
    for clause, before in given.items():
        if clause in now and now[clause] < before:
            yield _fewer(clause, before, now[clause], last, run.contract.terms.currency)


def _before_limits(run: Run, records: Records | None, day: date) -> dict[str, Decimal]:
    """What each clause comes to at an earlier day, from what is delivered now; nothing where it has no price then."""
    counted = count_from_records(run.contract, records, day).counted
    try:
        again = priced_again(replace(state_of(run), as_of=day, counted=counted))
    except Refused:
        return {}
    return {clause.id: clause.waterfall.gross for clause in again.clauses}


def _fewer(clause: str, before: Decimal, now: Decimal, last: date, currency: str) -> CheckResult:
    sentence = (
        f"Clause {clause}: the statement of {last.isoformat()} gave {Money(before, currency)}; by the spans of this "
        f"delivery it would have been {Money(now, currency)}. A delivery must hold every span since the start. "
        "If days were corrected, a named person accepts this."
    )
    return CheckResult(f"days-before-{clause}", "fail", sentence, blocking=True)
