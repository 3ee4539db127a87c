"""Payment clauses, in the order in which a contract states them.

What is counted (``measure`` or ``pay_for``), on what condition (``only_if`` or the
``when`` table), at what price (``pay``), within what limits, and who pays.  Both
directions of money stand in one ``when`` table.  Prices have their own module,
`price_terms.py`; their names are here too, for whoever reads a clause.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from outcomes.contract.price_terms import (
    AmountOrShare,
    AmountOrTable,
    AmountShare,
    BandPrice,
    EachPrice,
    FixedPrice,
    LinePrice,
    PerPrice,
    Point,
    PresentValue,
    Price,
    PricedIn,
    SharePrice,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    VolumeBand,
    one_or_many,
)
from outcomes.contract.scalars import FORBID, Amount, Count, Day, Flag, Length, Measured, Name, Share, Text

__all__ = [
    "AmountOrShare",
    "AmountOrTable",
    "AmountShare",
    "BandPrice",
    "ClauseLimits",
    "Composition",
    "Condition",
    "ContractLimits",
    "EachPrice",
    "EvidenceShare",
    "ExpectedAnyway",
    "FixedPrice",
    "Less",
    "LinePrice",
    "MeasureTerms",
    "PayForTerms",
    "PayerCeiling",
    "PayerShare",
    "PaymentClause",
    "PeopleThreshold",
    "PerPrice",
    "Point",
    "PresentValue",
    "Price",
    "PricedIn",
    "RateCardTerms",
    "ReduceBy",
    "SharePrice",
    "Step",
    "StepPrice",
    "Tier",
    "TierPrice",
    "VolumeBand",
    "WhenRow",
]

Scale = Literal[
    "percent",
    "percentage points",
    "per 100",
    "per 1000",
    "per person",
    "money per person",
    "standard deviations",
    "ratio",
]


NameOrSwitch = Annotated[
    Annotated[Name, Tag("#one")] | Annotated[dict[Name, Name], Tag("#many")], Discriminator(one_or_many)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureTerms:
    """A measured effect or an observed level.

    ``against`` names an evaluation plan, or switches it: ``{year-1: fixed, year-4: live}`` takes
    each plan from that cohort on.  ``improvement_in`` is positive where the programme did better (the metric's
    ``better:`` decides the sign); ``additional`` is the improvement times people;
    ``level_of`` is what was observed, with no counterfactual.
    """

    __pydantic_config__ = FORBID
    improvement_in: Name | None = None
    additional: Name | None = None
    level_of: Name | None = None
    against: NameOrSwitch | None = None
    in_: Annotated[Scale | None, Field(alias="in")] = None

    @property
    def metric(self) -> str:
        """The metric that is measured."""
        return self.improvement_in or self.additional or self.level_of or ""

    @property
    def plans(self) -> tuple[str, ...]:
        """Every plan that it is measured against."""
        if isinstance(self.against, dict):
            return tuple(dict.fromkeys(self.against.values()))
        return (self.against,) if self.against else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayForTerms:
    """What is counted without a counterfactual: claims, days, people, a saving, or a fee.

    ``days`` names an event whose spans are the days; ``days_without`` counts every day since the
    start on which no span of an event, such as ``care``, holds.  ``people`` names an event: whoever
    has it counts once.  ``stop_after`` is the window from each person's start; ``minus`` names events
    whose days are taken off.  ``as_they_accrue`` pays days inside an open window; without it days
    are paid once the window has closed.
    """

    __pydantic_config__ = FORBID
    claims: Name | None = None
    days: Name | None = None
    days_without: Name | None = None
    people: Name | None = None
    saving: Name | None = None
    fee: Literal["once", "month", "quarter", "year"] | None = None
    times_per_person: Count | None = None
    as_they_accrue: Flag = False
    stop_after: Length | None = None
    minus: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShare:
    """At least this share of the evidence says the effect passes a threshold."""

    __pydantic_config__ = FORBID
    share: Share
    above: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleThreshold:
    """From this many people on, this threshold."""

    __pydantic_config__ = FORBID
    from_: Annotated[Count, Field(alias="from")]
    at_least: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition; several keys in one mapping must all hold.

    ``tested`` asks for a statistically significant result, better or worse, at a
    confidence level (``at``) with ``sides`` stated.  ``by_people`` is a table of thresholds
    over the size of the cohort.  ``low_end_above`` asks that the
    interval's end on the paying side passes a threshold.
    """

    __pydantic_config__ = FORBID
    at_least: Measured | None = None
    more_than: Measured | None = None
    at_most: Measured | None = None
    less_than: Measured | None = None
    tested: Literal["better", "worse"] | None = None
    low_end_above: Measured | None = None
    at: Share | None = None
    sides: Literal["one", "two"] | None = None
    evidence: EvidenceShare | None = None
    by_people: tuple[PeopleThreshold, ...] = ()
    clause: Name | None = None
    is_: Annotated[Literal["paid", "not paid"] | None, Field(alias="is")] = None
    measure: MeasureTerms | None = None
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Less:
    """A named amount that is taken off, such as what another payer has paid for the same."""

    __pydantic_config__ = FORBID
    amount: Name
    because: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class WhenRow:
    """One row of a ``when`` table: a condition and which way money goes.

    ``pay`` is money to the contract holder; ``deduct`` and ``repay`` are money back;
    ``keep`` says that money paid up front stays; ``otherwise`` is the last row.
    """

    __pydantic_config__ = FORBID
    at_least: Measured | None = None
    more_than: Measured | None = None
    at_most: Measured | None = None
    less_than: Measured | None = None
    tested: Literal["better", "worse"] | None = None
    at: Share | None = None
    sides: Literal["one", "two"] | None = None
    otherwise: Literal["nothing", "repay", "pay"] | None = None
    pay: Price | None = None
    deduct: Price | None = None
    repay: Price | None = None
    keep: AmountShare | None = None
    may_end_contract: Flag = False

    @property
    def condition(self) -> Condition:
        """The row's condition as any clause has it."""
        return Condition(
            at_least=self.at_least,
            more_than=self.more_than,
            at_most=self.at_most,
            less_than=self.less_than,
            tested=self.tested,
            at=self.at,
            sides=self.sides,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReduceBy:
    """A share by which the payment is cut, such as deadweight."""

    __pydantic_config__ = FORBID
    share: Share
    because: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAnyway:
    """A share of outcomes that would have happened anyway: printed beside the payment, does not cut it."""

    __pydantic_config__ = FORBID
    share: Share
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardTerms:
    """A table of outcomes and prices beside the contract; order says who is first under a cap."""

    __pydantic_config__ = FORBID
    table: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """At most this share of what is paid may come from one line or segment."""

    __pydantic_config__ = FORBID
    share: Share
    from_: Annotated[Name, Field(alias="from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLimits:
    """The limits of one clause, applied in the order written here: outcomes, money, floor."""

    __pydantic_config__ = FORBID
    outcomes: Count | None = None
    at_most: AmountOrShare | None = None
    at_least: Amount | None = None
    per_person: Amount | None = None
    composition: tuple[Composition, ...] = ()
    cut: Literal["first come", "pro rata"] = "first come"
    order_by: Literal["achieved_on", "received_on"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerCeiling:
    """The most that one payer bears under the whole contract; ``then`` names who pays what is above it.

    Without ``then`` nobody pays what is above, and the sum due is cut.
    """

    __pydantic_config__ = FORBID
    payer: Text
    up_to: Amount
    then: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLimits:
    """Limits over all clauses together, after each clause's own: each year, the whole, each payer.

    ``each_year`` is one sum for every contract year, or a share of an amount that may be a
    table by year.  ``at_most`` limits the whole contract; as a share of a table by year it
    limits each year too.  A cut is shared over clauses in proportion, to the penny.
    """

    __pydantic_config__ = FORBID
    each_year: AmountOrShare | None = None
    at_most: AmountOrShare | None = None
    payers: tuple[PayerCeiling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerShare:
    """Which payer bears which share, up to what, and who bears the rest."""

    __pydantic_config__ = FORBID
    payer: Text
    share: Share
    up_to: Amount | None = None
    then: Text | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentClause:
    """One payment clause."""

    __pydantic_config__ = FORBID
    id: Name
    title: Text | None = None
    clause: Text | None = None
    words: Text | None = None
    for_each: Literal[
        "cohort", "month cohort", "quarter cohort", "half-year cohort", "year cohort", "all cohorts together"
    ] = "all cohorts together"
    for_: Annotated[Name, Field(alias="for")] = "everyone"
    measure: MeasureTerms | None = None
    pay_for: PayForTerms | None = None
    only_if: Condition | None = None
    unless_paid_by: Name | None = None
    when: tuple[WhenRow, ...] = ()
    pay: Price | None = None
    rate_card: RateCardTerms | None = None
    reduce_by: ReduceBy | None = None
    expected_anyway: ExpectedAnyway | None = None
    present_value: PresentValue | None = None
    indexed: dict[Name, Share] = field(default_factory=dict)
    priced_in: PricedIn | None = None
    less: Less | None = None
    limits: ClauseLimits = field(default_factory=ClauseLimits)
    payers: tuple[PayerShare, ...] = ()
    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None
