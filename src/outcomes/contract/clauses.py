"""Payment clauses, in the order in which a contract states them.

What is counted (``measure`` or ``pay_for``), on what condition (``only_if`` or the
``when`` table), at what price (``pay``), within what limits, and who pays.  Both
directions of money stand in one ``when`` table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from outcomes.contract.scalars import FORBID, Amount, Count, Day, Flag, Length, Measured, Name, Share, Text

__all__ = [
    "AmountOrShare",
    "AmountOrTable",
    "AmountShare",
    "ClauseLimits",
    "Composition",
    "Condition",
    "ContractLimits",
    "EachPrice",
    "EvidenceShare",
    "ExpectedAnyway",
    "FixedPrice",
    "LinePrice",
    "MeasureTerms",
    "PayForTerms",
    "PayerShare",
    "PaymentClause",
    "PerPrice",
    "Price",
    "RateCardTerms",
    "ReduceBy",
    "SharePrice",
    "StepPrice",
    "TierPrice",
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


def _one_or_many(value: Any) -> str:
    return "#many" if isinstance(value, Mapping) else "#one"


NameOrSwitch = Annotated[
    Annotated[Name, Tag("#one")] | Annotated[dict[Name, Name], Tag("#many")], Discriminator(_one_or_many)
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
class FixedPrice:
    """A fixed sum."""

    __pydantic_config__ = FORBID
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountShare:
    """A share of an amount that the contract names under ``amounts``."""

    __pydantic_config__ = FORBID
    share: Share
    of: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPrice:
    """So much for each unit of the measured quantity, from the first or only above a level."""

    __pydantic_config__ = FORBID
    per: Measured
    amount: Amount
    above: Measured | None = None
    times: Literal["people"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePrice:
    """A share of a quantity that is money itself, from the first or only above a level."""

    __pydantic_config__ = FORBID
    share: Share
    above: Measured | None = None
    times: Literal["people"] | None = None


AmountOrTable = Annotated[
    Annotated[Amount, Tag("#one")] | Annotated[dict[Name, Amount], Tag("#many")], Discriminator(_one_or_many)
]
AmountOrShare = Annotated[
    Annotated[Amount, Tag("#one")] | Annotated[AmountShare, Tag("#many")], Discriminator(_one_or_many)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EachPrice:
    """So much for each claim, day or person; by segment or by cohort where the contract says so.

    A cohort's price stands under its name, or under the year that its name begins with.
    """

    __pydantic_config__ = FORBID
    each: AmountOrTable
    by: Literal["segment", "cohort"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this value of the quantity on, this sum."""

    __pydantic_config__ = FORBID
    from_: Annotated[Measured, Field(alias="from")]
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPrice:
    """A table of sums; below its first row nothing is paid.

    ``edge: from`` gives a value that lies on an edge to the higher row, ``edge: above`` to
    the lower one.
    """

    __pydantic_config__ = FORBID
    steps: tuple[Step, ...]
    edge: Literal["from", "above"] = "from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """At this value of the quantity, this sum."""

    __pydantic_config__ = FORBID
    at: Measured
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePrice:
    """Straight lines between points; what holds below the first and above the last is stated."""

    __pydantic_config__ = FORBID
    line: tuple[Point, ...]
    below: Literal["nothing", "the first amount"]
    above: Literal["the last amount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The next so many units at this price; the last tier may have no end."""

    __pydantic_config__ = FORBID
    next: Count | None = None
    each: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPrice:
    """Marginal tiers: each unit at the price of the tier that it falls in."""

    __pydantic_config__ = FORBID
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeBand:
    """Once this many units are reached, every unit has this price."""

    __pydantic_config__ = FORBID
    from_: Annotated[Count, Field(alias="from")]
    each: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPrice:
    """Volume bands: the price of *all* units depends on how many there are."""

    __pydantic_config__ = FORBID
    bands: tuple[VolumeBand, ...]


_PRICE_KEYS = ("per", "steps", "line", "tiers", "bands", "each", "of", "share")


def _price_kind(value: Any) -> str:
    """The tag of a price by the first key that tells it; a bare ``amount`` is a fixed sum."""
    keys = value if isinstance(value, Mapping) else ()
    return "#" + next((key for key in _PRICE_KEYS if key in keys), "fixed")


Price = Annotated[
    Annotated[FixedPrice, Tag("#fixed")]
    | Annotated[AmountShare, Tag("#of")]
    | Annotated[PerPrice, Tag("#per")]
    | Annotated[SharePrice, Tag("#share")]
    | Annotated[EachPrice, Tag("#each")]
    | Annotated[StepPrice, Tag("#steps")]
    | Annotated[LinePrice, Tag("#line")]
    | Annotated[TierPrice, Tag("#tiers")]
    | Annotated[BandPrice, Tag("#bands")],
    Discriminator(_price_kind),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentValue:
    """A yearly amount for some years, worth less each year, discounted to the first.

    The factor is the sum over years t = 0 ... years - 1 of ((1 - decay) / (1 + rate))^t.
    """

    __pydantic_config__ = FORBID
    rate: Share
    years: Count
    decay: Share = Fraction(0)

    @property
    def factor(self) -> Fraction:
        """What one unit a year is worth today, exact."""
        step = (1 - self.decay) / (1 + self.rate)
        return sum((step**year for year in range(self.years)), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedIn:
    """Prices of this clause are in another currency, changed at a stated rate."""

    __pydantic_config__ = FORBID
    currency: Name
    rate: Amount
    source: Text


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
class ContractLimits:
    """Limits over all clauses together; a cut is shared over clauses in proportion, to the penny."""

    __pydantic_config__ = FORBID
    at_most: Amount | None = None


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
