"""A scene: the evidence as numbers, either the point (exact) or many draws (floats).

Stages are written once.  They see arrays whose last axis is the rows of a clause:
shape (rows,) of exact `Fraction`s for the point, (draws, rows) of float64 for draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.objects import EffectKey
from outcomes.numbers import round_digits
from outcomes.payment.evidence import Evidence

__all__ = ["Array", "Scene", "draw_scene", "point_scene", "recentred"]

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Both levels of every effect, at the point or drawn.

    Attributes
    ----------
    exact : bool
        True for the point (object arrays of Fraction), False for draws (float64).
    treated, counterfactual : mapping of EffectKey to ndarray
        Shape () at the point, (draws,) for draws.
    draws : int
        Number of draws; 0 at the point.
    """

    exact: bool
    treated: Mapping[EffectKey, Array]
    counterfactual: Mapping[EffectKey, Array]
    draws: int

    def constant(self, value: Fraction | int) -> Any:
        """`value` in this scene's arithmetic."""
        return Fraction(value) if self.exact else float(value)

    def row(self, values: Sequence[Fraction]) -> Array:
        """Constants of a clause's rows, shape (rows,)."""
        kept = [self.constant(value) for value in values]
        return np.array(kept, dtype=object if self.exact else np.float64)

    def stack(self, columns: Sequence[Array | Fraction]) -> Array:
        """One column per row side by side: (rows,) at the point, (draws, rows) for draws."""
        if self.exact:
            return np.array(
                [column if isinstance(column, Fraction) else column[()] for column in columns], dtype=object
            )
        full = [np.broadcast_to(np.asarray(float(c) if isinstance(c, Fraction) else c), (self.draws,)) for c in columns]
        return np.stack(full, axis=-1) if full else np.zeros((self.draws, 0))

    def seen_by_gates(self, values: Array) -> Array:
        """`values` as conditions see them: draws at 12 significant digits, the point as it is."""
        return values if self.exact else round_digits(values)


def point_scene(evidence: Evidence) -> Scene:
    """The evidence itself, exact."""
    treated = {effect.key: _boxed(effect.treated_level) for effect in evidence.effects}
    other = {e.key: _boxed(e.counterfactual_level) for e in evidence.effects if e.counterfactual_level is not None}
    return Scene(True, treated, other, 0)


def _boxed(value: Fraction) -> Array:
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def draw_scene(evidence: Evidence, draws: int, seed: int) -> Scene:
    """`draws` joint draws from the evidence's law; effects without a measured variance stay put."""
    if evidence.law is None:
        return Scene(False, {}, {}, draws)
    drawn = evidence.law.draws(draws, seed)
    treated = {key: drawn.treated[:, k] for k, key in enumerate(drawn.keys)}
    other = {key: drawn.counterfactual[:, k] for k, key in enumerate(drawn.keys)}
    return Scene(False, treated, other, draws)


def recentred(scene: Scene, evidence: Evidence) -> Scene:
    """The same draws moved so that no effect adds anything: what would be paid for nothing."""
    moved = {
        effect.key: scene.treated[effect.key] - float(effect.difference)
        for effect in evidence.effects
        if effect.difference is not None and effect.key in scene.treated
    }
    return replace(scene, treated={**scene.treated, **moved})
