"""Limits over all clauses, to the penny: each year, the whole contract, each payer; in this order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from outcomes.contract.clauses import (
    AmountShare,
    ClauseLimits,
    ContractLimits,
    EachPrice,
    FixedPrice,
    PayerCeiling,
    PayerShare,
    PerPrice,
)
from outcomes.contract.load import Contract
from outcomes.contract.terms import CohortTerms
from outcomes.errors import Refused
from outcomes.payment.evidence import Evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
from outcomes.period import DayOfYear
from tests.unit.payment.build import AS_OF, claims_clause, clause, contract, count, estimate, known, q

F = Fraction
QUARTERS = CohortTerms(
    every="quarter", first_day=date(2015, 10, 1), last_day=date(2017, 3, 31), year_begins=DayOfYear(4, 1)
)
POT = {"2015-16": F(100), "2016-17": F(250)}


def paying(limits: ContractLimits, cohorts: CohortTerms = QUARTERS, payers: Any = (), at: str = "clause") -> Contract:
    """Two clauses on claims by cohort at 10 and 5 each, under limits of the whole contract."""
    names = tuple(dict.fromkeys(share.payer for share in payers)) or ("Council",)
    parts = [
        claims_clause(name, for_each="cohort", pay=EachPrice(each=F(each)), payers=payers)
        for name, each in (("jobs", 10), ("homes", 5))
    ]
    made = contract(*parts, limits=limits, payers=names, at=at)
    amounts = {"pot": F(1000), "yearly": POT}
    return replace(made, terms=replace(made.terms, cohorts=cohorts, amounts=amounts))


def claimed(**numbers: int) -> Evidence:
    """Claims as ``jobs_2015_Q4=3``."""
    parts = []
    for key, number in numbers.items():
        name, year, quarter = key.split("_")
        parts.append(count(number, name, cohort=f"{year}-{quarter}"))
    return known(*parts)


def amounts(statement: PaymentStatement) -> list[str]:
    return [f"{row.due:f}" for part in statement.clauses for row in part.rows]


TWO_YEARS = claimed(jobs_2015_Q4=8, jobs_2016_Q1=6, jobs_2016_Q2=10, homes_2016_Q1=20, homes_2016_Q4=4)
"""Before limits: 80 + 60 + 100 for jobs, 100 + 20 for homes; 240 in 2015-16 and 120 in 2016-17."""

LIMITS = (
    # a table by year over all clauses: 240 is cut to 100, each row by the same share
    (ContractLimits(at_most=AmountShare(share=F(1), of="yearly")), ["33.33", "25.00", "100.00", "41.67", "20.00"]),
    # half of the table: 50 and 125
    (ContractLimits(at_most=AmountShare(share=F(1, 2), of="yearly")), ["16.66", "12.50", "100.00", "20.84", "20.00"]),
    # one sum for every year
    (ContractLimits(each_year=F(120)), ["40.00", "30.00", "100.00", "50.00", "20.00"]),
    (ContractLimits(each_year=F(60)), ["20.00", "15.00", "50.00", "25.00", "10.00"]),
    # a share of one amount for every year
    (ContractLimits(each_year=AmountShare(share=F(12, 100), of="pot")), ["40.00", "30.00", "100.00", "50.00", "20.00"]),
    # the whole contract alone, as a sum and as a share
    (ContractLimits(at_most=F(180)), ["40.00", "30.00", "50.00", "50.00", "10.00"]),
    (ContractLimits(at_most=AmountShare(share=F(18, 100), of="pot")), ["40.00", "30.00", "50.00", "50.00", "10.00"]),
    # years first, then the whole: 120 + 120, then three quarters of it
    (ContractLimits(each_year=F(120), at_most=F(180)), ["30.00", "22.50", "75.00", "37.50", "15.00"]),
)


@pytest.mark.parametrize(("limits", "rows"), LIMITS)
@pytest.mark.parametrize("at", ["clause", "line"])
def test_years_come_first_and_then_the_whole_contract(limits: ContractLimits, rows: list[str], at: str) -> None:
    statement = price(paying(limits, at=at), TWO_YEARS, AS_OF)
    made = amounts(statement)
    assert sum(map(Decimal, made)) == statement.due == sum(map(Decimal, rows))
    # Which row has the odd penny of a year is the rule of apportioning; no row is more than a penny off.
    assert all(abs(Decimal(one) - Decimal(other)) <= Decimal("0.01") for one, other in zip(made, rows, strict=True))


def test_a_year_that_binds_sums_to_its_pot_exactly() -> None:
    statement = price(paying(ContractLimits(each_year=F(100))), TWO_YEARS, AS_OF)
    by_year: dict[str, Decimal] = {}
    for part in statement.clauses:
        for row in part.rows:
            year = "2015-16" if row.cohort in ("2015-Q4", "2016-Q1") else "2016-17"
            by_year[year] = by_year.get(year, Decimal(0)) + row.due
    assert by_year == {"2015-16": Decimal(100), "2016-17": Decimal(100)}


def test_a_clause_keeps_its_own_limit_first() -> None:
    own = paying(ContractLimits(each_year=F(100)))
    jobs = replace(own.terms.payments[0], limits=ClauseLimits(at_most=F(40)))
    own = replace(own, terms=replace(own.terms, payments=(jobs, own.terms.payments[1])))
    # jobs: 40 of the first cohort; 2015-16 then is 40 + 100, cut to 100
    assert amounts(price(own, TWO_YEARS, AS_OF)) == ["28.57", "0.00", "0.00", "71.43", "20.00"]


def test_no_row_without_a_year_is_guessed_at() -> None:
    with pytest.raises(Refused, match="belongs to none"):
        price(paying(ContractLimits(each_year=F(100))), known(count(3, "jobs")), AS_OF)


SHARED = (PayerShare(payer="Council", share=F(4, 5)), PayerShare(payer="Fund", share=F(1, 5)))
PAYERS = (
    # 360 in all: Council 288, Fund 72
    (ContractLimits(), "360.00", {"Council": "288.00", "Fund": "72.00"}),
    (
        ContractLimits(payers=(PayerCeiling(payer="Fund", up_to=F(50), then="Council"),)),
        "360.00",
        {"Council": "310.00", "Fund": "50.00"},
    ),
    (
        ContractLimits(payers=(PayerCeiling(payer="Fund", up_to=F(50)),)),
        "338.00",
        {"Council": "288.00", "Fund": "50.00"},
    ),
    (
        ContractLimits(
            payers=(PayerCeiling(payer="Fund", up_to=F("50.01")), PayerCeiling(payer="Council", up_to=F(7)))
        ),
        "57.01",
        {"Council": "7.00", "Fund": "50.01"},
    ),
    # the contract first (180: 144 and 36), then the payers
    (
        ContractLimits(at_most=F(180), payers=(PayerCeiling(payer="Fund", up_to=F(30)),)),
        "174.00",
        {"Council": "144.00", "Fund": "30.00"},
    ),
    (
        ContractLimits(each_year=F(120), payers=(PayerCeiling(payer="Fund", up_to=F(40), then="Council"),)),
        "240.00",
        {"Council": "200.00", "Fund": "40.00"},
    ),
)


@pytest.mark.parametrize(("limits", "due", "owed"), PAYERS)
def test_a_payer_bears_no_more_than_its_ceiling(limits: ContractLimits, due: str, owed: dict[str, str]) -> None:
    statement = price(paying(limits, payers=SHARED), TWO_YEARS, AS_OF)
    assert {payer.payer: f"{payer.due:f}" for payer in statement.payers} == owed
    assert f"{statement.due:f}" == due
    assert sum((part.due for part in statement.clauses), Decimal(0)) == statement.due
    assert statement.waterfall.due == statement.due
    assert statement.waterfall.rounding == 0


def test_what_nobody_pays_is_said() -> None:
    limits = ContractLimits(each_year=F(120), at_most=F(180), payers=(PayerCeiling(payer="Fund", up_to=F(30)),))
    statement = price(paying(limits, payers=SHARED), TWO_YEARS, AS_OF)
    assert [step.words for step in statement.steps] == [
        "at most GBP 120 in 2015-16 over all clauses: the cap cuts GBP 120, shared over clauses in proportion.",
        "at most GBP 120 in 2016-17 over all clauses: the cap does not bind.",
        "at most GBP 180 under the whole contract: the cap cuts GBP 60, shared over clauses in proportion.",
        "Fund pays at most GBP 30 under the whole contract: GBP 6.00 lies above it and is paid by nobody, so that "
        "the sum is cut.",
    ]
    words = [step.words for step in statement.clauses[0].steps]
    assert "the limits of the whole contract change GBP 240 to GBP 127.5." in words
    assert any(step.endswith("lies above a payer's ceiling, and nobody else pays it.") for step in words)


def test_the_draws_take_the_same_path() -> None:
    """One result with hardly any spread: every band lies on its amount."""
    pays = clause(for_each="cohort", pay=PerPrice(per=q(1), amount=F(100)), payers=SHARED)
    other = clause("two", for_each="cohort", pay=FixedPrice(amount=F(300)), payers=SHARED)
    limits = ContractLimits(each_year=F(600), at_most=F(1000), payers=(PayerCeiling(payer="Fund", up_to=F(150)),))
    made = contract(pays, other, limits=limits, payers=("Council", "Fund"))
    made = replace(made, terms=replace(made.terms, cohorts=QUARTERS))
    found = known(
        *(
            estimate(F(1, 2), F(1, 2) + F(gain, 100), 1e-9, cohort=cohort)
            for cohort, gain in (("2015-Q4", 2), ("2016-Q1", 4), ("2016-Q2", 5))
        )
    )
    # 2015-16: 200 + 400 + 300 + 300 = 1,200 to 600; 2016-17: 500 + 300 = 800 to 600; 1,200 to 1,000; Fund 200 to 150
    statement = price(made, found, AS_OF, draws=200)
    assert statement.due == Decimal("950.00")
    for part in (statement, *statement.clauses, *statement.payers):
        assert part.band.low is not None
        assert part.band.high is not None
        assert abs(part.band.low - F(part.due)) <= F(1, 100)
        assert abs(part.band.high - F(part.due)) <= F(1, 100)
