"""How days came about, in words: what was recorded, and what became of the days that do not count."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.cohort.days import DayCount
from outcomes.contract.clauses import PayForTerms, PaymentClause

__all__ = ["days_words", "quarters_words"]


def days_words(clause: PaymentClause, count: DayCount) -> str:
    """``3,410 days for 61 people: 3,980 recorded, 412 after 3 years, 158 in custody or hospital.``"""
    pays = clause.pay_for or PayForTerms()
    recorded = f"{count.recorded:,} {'since the start' if pays.days_without else 'recorded'}"
    people = "1 person" if count.people == 1 else f"{count.people:,} people"
    days = "1 day" if count.counted == 1 else f"{count.counted:,} days"
    parts = [recorded, *_not_counted(pays, count)]
    waiting = ""
    if count.people_open:
        waiting = f" {count.people_open:,} people's windows are still open, and their days are not due yet."
    return f"{days} for {people}: {', '.join(parts)}.{waiting}"


def _not_counted(pays: PayForTerms, count: DayCount) -> Iterator[str]:
    after = f"after {pays.stop_after}" if pays.stop_after else "after the window"
    for days, why in (
        (count.before_start, "before the start"),
        (count.after_window, after),
        (count.outside_clause, "outside the clause's dates"),
        (count.covered, f"in {_listed((pays.days_without or '',))}"),
        (count.taken_off, f"in {_listed(pays.minus)}"),
        (count.not_observed, "on which nobody observed the person"),
        (count.window_open, "in open windows"),
    ):
        if days:
            yield f"{days:,} {why}"


def _listed(names: tuple[str, ...]) -> str:
    """``custody, prison or hospital``."""
    said = [name.replace("_", " ").replace("-", " ") for name in names]
    return " or ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def quarters_words(count: DayCount) -> str:
    """``By quarter: 2019-Q1 3,410 days; 2019-Q2 1,200 days.``"""
    return "By quarter: " + "; ".join(f"{quarter} {days:,} days" for quarter, days in count.quarters) + "."
