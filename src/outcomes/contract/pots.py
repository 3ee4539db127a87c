"""Limits of the whole contract as sums: what a year may cost, and what everything may cost."""

from __future__ import annotations

from fractions import Fraction

from outcomes.contract.calendar import contract_year, entry_of
from outcomes.contract.clauses import AmountShare
from outcomes.contract.terms import ContractTerms

__all__ = ["limit_of_year", "whole_limit", "yearly_limit"]


def _by_year(terms: ContractTerms, limit: Fraction | AmountShare | None) -> bool:
    """True for a share of an amount that is a table by year."""
    return isinstance(limit, AmountShare) and isinstance(terms.amounts.get(limit.of), dict)


def yearly_limit(terms: ContractTerms) -> Fraction | AmountShare | None:
    """The limit of each year, where the contract has one."""
    limits = terms.limits
    if limits is None:
        return None
    return limits.each_year if limits.each_year is not None or not _by_year(terms, limits.at_most) else limits.at_most


def whole_limit(terms: ContractTerms) -> Fraction | None:
    """The limit of the whole contract in money, exact; None where there is none, or it goes by year."""
    limit = terms.limits.at_most if terms.limits else None
    if _by_year(terms, limit):
        return None
    return _share(terms, limit) if isinstance(limit, AmountShare) else limit


def limit_of_year(terms: ContractTerms, cohort: str) -> tuple[str, Fraction] | None:
    """The year in which a cohort starts and the limit of that year in money; None where that is not known."""
    limit = yearly_limit(terms)
    if isinstance(limit, AmountShare) and _by_year(terms, limit):
        table = terms.amounts[limit.of]
        assert isinstance(table, dict)  # _by_year has looked
        name = entry_of(terms, table, cohort)
        return None if name is None else (name, limit.share * table[name])
    year = contract_year(terms, cohort)
    if limit is None or year is None:
        return None
    return year, _share(terms, limit) if isinstance(limit, AmountShare) else limit


def _share(terms: ContractTerms, limit: AmountShare) -> Fraction:
    amount = terms.amounts[limit.of]
    return limit.share * (sum(amount.values(), Fraction(0)) if isinstance(amount, dict) else amount)
