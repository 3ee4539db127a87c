"""What each comparison site would have shown, had it been the one served: the placebo distribution.

References
----------
Abadie, Diamond & Hainmueller (2010); Conley & Taber (2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.sites.assignments import assignments
from outcomes.counterfactual.sites.site_table import SiteTable

__all__ = ["Placebo", "placebo_over_sites"]


@dataclass(frozen=True, slots=True)
class Placebo:
    """Where the effect stands among placebo effects, natural units.

    Attributes
    ----------
    p, floor : float
        p value, and the smallest one that so few sites could ever show: ``1 / (sites + 1)``.
    low, high : float
        The 5th and the 95th percentile of placebo effects.
    count : int
        Placebo effects looked at.
    """

    p: float
    floor: float
    low: float
    high: float
    count: int


def placebo_over_sites(effect: float, table: SiteTable, seed: int) -> Placebo | None:
    """As many comparison sites as were served, against the others; None where none is left to compare with.

    Notes
    -----
    Sites that were served are left out.  ``p = (1 + number of |placebo| >= |effect|) / (1 + number)``,
    and never below ``1 / (comparison sites + 1)``: sets of several sites overlap, so they know
    no more than their sites do.
    """
    value, share = table.value[~table.treated], table.share[~table.treated]
    served = table.arms[0]
    if value.size <= served or served < 1:
        return None
    chosen = np.zeros(value.size, dtype=np.bool_)
    chosen[:served] = True
    ways = assignments(chosen, np.zeros(value.size, dtype=np.int64), seed)
    parts = []
    for block in ways.blocks():
        heavy = block @ share
        top = block @ (share * value)
        parts.append(top / heavy - (float(share @ value) - top) / (share.sum() - heavy))
    placebo: NDArray[np.float64] = np.concatenate(parts)
    far = int(np.sum(np.abs(placebo) >= abs(effect) * (1 - 1e-12)))
    count = placebo.size
    floor = 1 / (1 + value.size)
    low, high = np.quantile(placebo, [0.05, 0.95])
    return Placebo(max((1 + far) / (1 + count), floor), floor, float(low), float(high), count)
