"""Which plan holds for a cohort where the contract changes its comparison at a day."""

from __future__ import annotations

from outcomes.contract.calendar import first_day_of
from outcomes.contract.level_terms import SwitchTerms
from outcomes.contract.terms import ContractTerms
from outcomes.errors import InputError, Problem
from outcomes.period import parse_day

__all__ = ["plan_at"]


def plan_at(terms: ContractTerms, switch: SwitchTerms, cohort: str) -> str:
    """The plan for a cohort: ``after`` where it begins on or after the switch, by its first day or by the order.

    Raises
    ------
    InputError
        If the cohort is none whose beginning is known, such as all cohorts together.
    """
    named = terms.cohorts.named if terms.cohorts else ()
    if switch.from_ in named and cohort in named:
        return switch.after if named.index(cohort) >= named.index(switch.from_) else switch.before
    day = parse_day(switch.from_) or first_day_of(terms, switch.from_)
    first = first_day_of(terms, cohort)
    if day is None or first is None:
        message = f"whether {cohort} begins before {switch.from_} is not known, so its comparison is not either."
        hint = "Write for_each: cohort in the clause, and first_days: for named cohorts."
        raise InputError(Problem("switch-cohort", f"evaluation: blend switch {cohort}", message, hint))
    return switch.after if first >= day else switch.before
