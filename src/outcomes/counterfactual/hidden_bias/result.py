"""What is known of hidden bias for one effect: small, without people, ready to be turned into pounds.

Lives here: the result that `findings.py` makes and that words and payment curves read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CurvePoint", "HiddenBias", "HiddenBiasKind", "KnownFactor"]

HiddenBiasKind = Literal["omitted-variable", "marginal-sensitivity", "e-value", "pairs"]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What an unseen factor of one strength could make of the effect.

    ``low`` and ``high`` are the effect, treated minus counterfactual in natural units (for
    ``pairs``: the lowest and highest one-sided p-value).  The programme's own level stays.
    """

    strength: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class KnownFactor:
    """The strongest known covariate as a yardstick, and what an unseen factor as strong would do.

    Attributes
    ----------
    name : str
    programme : float
        Its strength with being in the programme: a share (omitted variable) or odds.
    outcome : float or None
        Its strength with the outcome, a share; None where the model has no such term.
    low, high : float
        The effect with such a factor, natural units: the interval where an error was
        measured (omitted variable), else the range of points.
    breaks : bool
        True where the interval (the point, without an error) would then reach the target.
    """

    name: str
    programme: float
    outcome: float | None
    low: float
    high: float
    breaks: bool


@dataclass(frozen=True, slots=True)
class HiddenBias:
    """How strong an unseen factor must be to overturn an effect.

    Attributes
    ----------
    kind : HiddenBiasKind
        ``omitted-variable``: strengths are shares, 0 to 1, of what the covariates leave open
        both in programme and in outcome.  ``marginal-sensitivity``: times the odds of being
        in the programme, from 1.  ``e-value``: ratio of risks on both sides, from 1.
        ``pairs``: odds within a pair, from 1.
    estimate, target : float
        The effect, and what it is asked to reach: natural units, treated minus
        counterfactual (for ``e-value`` both are ratios, for ``pairs`` one-sided p-values).
    breakdown : float
        Strength at which the point reaches the target; inf where none does.
    interval_breakdown : float or None
        Strength at which its interval does; None where no error was measured.
    known : KnownFactor or None
    curve : tuple of CurvePoint
        Strength ascending from none.
    """

    kind: HiddenBiasKind
    estimate: float
    target: float
    breakdown: float
    interval_breakdown: float | None
    known: KnownFactor | None
    curve: tuple[CurvePoint, ...]

    @property
    def none(self) -> float:
        """The strength that means no hidden bias."""
        return 0.0 if self.kind == "omitted-variable" else 1.0

    @property
    def fragile(self) -> bool:
        """True where an unseen factor no stronger than a known one, or none at all, would be enough."""
        first = self.breakdown if self.interval_breakdown is None else self.interval_breakdown
        return first <= self.none or (self.known is not None and self.known.breaks)
