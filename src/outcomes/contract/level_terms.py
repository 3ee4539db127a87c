"""Terms of plans that compare with a level: baselines, published results, and several estimates together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from outcomes.contract.scalars import FORBID, Amount, Count, Measured, Name, Share, Text

__all__ = [
    "BaselineTerms",
    "BlendPart",
    "BlendTerms",
    "PublishedFigure",
    "PublishedTerms",
    "RiskTerms",
    "StatedLevel",
    "SwitchTerms",
    "TrendTerms",
    "UnlessTerms",
]

Mark = Literal["V", "G", "I", "R", "C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendTerms:
    """What happened elsewhere over the same time: two levels, or their ``change`` alone, treated as known."""

    __pydantic_config__ = FORBID
    of: Text
    source: Text
    before: Measured | None = None
    after: Measured | None = None
    change: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskTerms:
    """By what expected outcomes people are made comparable (indirect standardisation).

    ``expected`` names a column with each person's expected rate or number; ``covariates``
    those of a ``model`` that is fitted on the earlier people.
    """

    __pydantic_config__ = FORBID
    expected: Name | None = None
    covariates: tuple[Text, ...] = ()
    model: Literal["linear", "logistic", "poisson"] | None = None


def _words_or_terms(value: object) -> str:
    return "#terms" if isinstance(value, dict | RiskTerms) else "#words"


RiskAdjustment = Annotated[
    Annotated[Text, Tag("#words")] | Annotated[RiskTerms, Tag("#terms")], Discriminator(_words_or_terms)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLevel:
    """The level of one area or of one cohort, how well it is known, and what was expected of its people.

    ``people`` is how many it was counted on, ``spread`` the standard deviation between
    them (not needed for yes-or-no outcomes), ``se`` its standard error where that is
    stated instead; ``expected`` the mean of their expected outcomes.
    """

    __pydantic_config__ = FORBID
    of: Text
    level: Measured
    people: Count | None = None
    spread: Measured | None = None
    se: Measured | None = None
    expected: Measured | None = None
    metric: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTerms:
    """A reference level: fixed by the contract, estimated from earlier people, the year before, or by area.

    A ``fixed`` level has no sampling error.  An ``estimated`` one states how well it is
    known (``people``, ``spread``, ``se``), or ``earlier_people`` says that they are the
    comparison group of the people table.  ``rolling prior year`` compares each cohort
    with the one a year before, from the data or from `levels`; ``level`` is then what the
    first is compared with.  ``by area`` takes `levels` by the people table's column
    ``area``.  `levels` stand here or in the ``table`` beside the contract.
    ``risk_adjusted_by`` names expected outcomes, or says in words what was done before;
    ``expected`` is their mean among the people of a stated level.  ``outliers`` and
    ``low_point`` (why people were chosen when they were) are words; ``trend`` is shown
    beside the effect and never changes it.
    """

    __pydantic_config__ = FORBID
    level: Measured | None = None
    period: Text
    source: Text
    kind: Literal["fixed", "estimated", "rolling prior year", "by area"] = "fixed"
    people: Count | None = None
    spread: Measured | None = None
    se: Measured | None = None
    expected: Measured | None = None
    earlier_people: Literal["comparison group"] | None = None
    table: Text | None = None
    levels: tuple[StatedLevel, ...] = ()
    area: Name | None = None
    risk_adjusted_by: RiskAdjustment | None = None
    outliers: Text | None = None
    low_point: Text | None = None
    trend: TrendTerms | None = None

    @property
    def risk(self) -> RiskTerms | None:
        """The expected outcomes that people are made comparable by; None where nothing or only words stand."""
        return self.risk_adjusted_by if isinstance(self.risk_adjusted_by, RiskTerms) else None

    @property
    def states_nothing(self) -> bool:
        """Whether neither a level nor people are named that one could come from: its result comes from elsewhere."""
        named = self.level is not None or bool(self.levels) or self.earlier_people is not None
        return not named and self.kind != "rolling prior year"

    @property
    def people_in_data(self) -> bool:
        """Whether the level comes from people who are in the data."""
        return self.earlier_people is not None or self.rolls_on_data

    @property
    def rolls_on_data(self) -> bool:
        """Whether each cohort is compared with the people of an earlier one."""
        return self.kind == "rolling prior year" and not self.levels and self.table is None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlessTerms:
    """When one plan is good enough to pay alone: every figure stated here must be met.

    ``smallest_effect``: with a chance of ``power`` it would have found an effect of that
    size at ``level``, two-sided (80 and 5 % where unsaid); ``%`` is of its counterfactual
    level.  ``standard_error``:
    at most.  ``people``: at least so many measured, in both groups together.
    """

    __pydantic_config__ = FORBID
    plan: Name
    smallest_effect: Measured | None = None
    standard_error: Measured | None = None
    people: Count | None = None
    power: Share | None = None
    level: Share | None = None

    @property
    def chances(self) -> tuple[Fraction, Fraction]:
        """Power and level; 80 % and 5 % where they are not said."""
        return self.power or Fraction(4, 5), self.level or Fraction(1, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTerms:
    """One plan for cohorts that begin before a day or a cohort, another from it on."""

    __pydantic_config__ = FORBID
    from_: Annotated[Text, Field(alias="from")]
    before: Name
    after: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendPart:
    """One estimate of a blend and its share."""

    __pydantic_config__ = FORBID
    plan: Name
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendTerms:
    """Several estimates in stated shares, or one until a day and another from then on.

    ``shares_of``: shares of both levels where nothing is said, or of the changes in per
    cent.  ``unless`` names a plan that pays alone where it is good enough; ``when`` says
    in words when the blend holds.
    """

    __pydantic_config__ = FORBID
    parts: tuple[BlendPart, ...] = ()
    shares_of: Literal["both levels", "percent change"] | None = None
    when: Text | None = None
    unless: UnlessTerms | None = None
    switch: SwitchTerms | None = None

    @property
    def plans(self) -> tuple[str, ...]:
        """Every plan that is asked for, each once."""
        named = [part.plan for part in self.parts]
        named += [self.unless.plan] if self.unless else []
        named += [self.switch.before, self.switch.after] if self.switch else []
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFigure:
    """One published result: both levels, or a relative change alone.

    ``treated`` and ``counterfactual`` are counts per ``per`` people (142 and 155 per
    100), or an ``improvement`` as a share of the counterfactual is given instead.
    """

    __pydantic_config__ = FORBID
    cohort: Text
    source: Text
    mark: Mark
    metric: Name | None = None
    treated: Amount | None = None
    counterfactual: Amount | None = None
    per: Count = 1
    improvement: Measured | None = None
    people: Count | None = None
    se_difference: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTerms:
    """Results that someone else measured: figures, or an ``effect`` file beside the contract with its ``source``.

    ``sha256`` pins the file.  ``trend`` is shown beside the effect and never changes it.
    """

    __pydantic_config__ = FORBID
    figures: tuple[PublishedFigure, ...] = ()
    effect: Text | None = None
    source: Text | None = None
    sha256: Text | None = None
    trend: TrendTerms | None = None
