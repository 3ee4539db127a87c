"""Prices: what a unit, a result or an event is worth, and what a price is multiplied by.

Every class is one way in which a contract states a price; the first key tells which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from outcomes.contract.scalars import FORBID, Amount, Count, Measured, Name, Share, Text

__all__ = [
    "AmountOrShare",
    "AmountOrTable",
    "AmountShare",
    "BandPrice",
    "EachPrice",
    "FixedPrice",
    "LinePrice",
    "PerPrice",
    "Point",
    "PresentValue",
    "Price",
    "PricedIn",
    "SharePrice",
    "Step",
    "StepPrice",
    "Tier",
    "TierPrice",
    "VolumeBand",
    "one_or_many",
]


def one_or_many(value: Any) -> str:
    """The tag of a value that is one thing or a mapping of several."""
    return "#many" if isinstance(value, Mapping) else "#one"


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
    Annotated[Amount, Tag("#one")] | Annotated[dict[Name, Amount], Tag("#many")], Discriminator(one_or_many)
]
AmountOrShare = Annotated[
    Annotated[Amount, Tag("#one")] | Annotated[AmountShare, Tag("#many")], Discriminator(one_or_many)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EachPrice:
    """So much for each claim, day or person; by segment or by cohort where the contract says so.

    A cohort's price stands under its name, or under the contract year in which it starts.
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
