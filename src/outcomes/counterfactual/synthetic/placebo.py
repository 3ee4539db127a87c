"""Placebo areas: what the same method finds where no programme ran.

Lives here: donors that stand in for the programme's areas, their rank and their spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.synthetic.areas import AreaPaths
from outcomes.counterfactual.synthetic.control import AreaFit, synthetic_control

__all__ = ["PlaceboAreas", "chance_of", "control_placebos", "enough_donors"]

_FEWEST_DONORS = 20
"""Below this the spread of placebo areas is known too roughly for an interval."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceboAreas:
    """Effects where no programme ran.

    Attributes
    ----------
    effects : ndarray of float64, shape (P,)
        Of donors, or groups of as many donors as the programme has areas, that stood in.
    ratios : ndarray of float64, shape (P,)
        What the programme is ranked by; the size of the effect where there is no ratio.
    standard_error : float
        NaN where there are none.
    """

    effects: NDArray[np.float64]
    ratios: NDArray[np.float64]
    standard_error: float


def control_placebos(areas: AreaPaths, draws: int, seed: int) -> PlaceboAreas:
    """Each donor (or drawn group of donors) as if it had been served, against the other donors.

    Parameters
    ----------
    draws : int
        Groups that are drawn where there are more than that.
    seed : int

    Notes
    -----
    The standard error is the root mean square of the placebo effects: they are around
    zero by construction of the question, so no mean is taken off.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010).
    """
    fits = [synthetic_control(areas.standing_in(chosen)) for chosen in _stand_ins(areas, draws, seed)]
    effects = np.array([fit.effect for fit in fits])
    spread = float(np.sqrt(np.mean(effects**2))) if effects.size > 1 else math.nan
    return PlaceboAreas(effects, np.array([fit.ratio for fit in fits]), spread)


def chance_of(fit: AreaFit, placebos: PlaceboAreas) -> float:
    """Share of all areas, the programme's included, with a ratio at least as large: a permutation p value."""
    return float((1 + np.sum(placebos.ratios >= fit.ratio)) / (1 + placebos.ratios.size))


def enough_donors(donors: int, treated: int, confidence: float) -> bool:
    """Whether placebo areas can carry an interval at `confidence`.

    The smallest p value is 1 / (donors + 1); an interval that no result could leave, or
    whose width rests on a handful of areas, is none.
    """
    return donors >= max(_FEWEST_DONORS, 2 * treated) and 1 / (donors + 1) <= 1 - confidence + 1e-12


def _stand_ins(areas: AreaPaths, draws: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Every donor, or every group of donors of the programme's size, or `draws` of them."""
    donors, size = areas.donors.shape[1], areas.treated.shape[1]
    if donors - size < 2:
        return
    if size == 1 or math.comb(donors, size) <= draws:
        for chosen in combinations(range(donors), size):
            yield np.array(chosen, dtype=np.intp)
        return
    random = np.random.Generator(np.random.PCG64(seed))
    for _ in range(draws):
        yield np.sort(random.choice(donors, size, replace=False))
