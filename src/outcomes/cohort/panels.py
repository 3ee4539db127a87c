"""Panels made whole: units that were seen whenever they had to be, with what moves beside the outcome.

Lives here: joining columns by unit and period, and which units of a panel count.  Does
not live here: reading values (`observe.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.did_terms import DidTerms
from outcomes.numbers import read_only

__all__ = ["whole_units", "with_columns"]


def with_columns(panel: Panel, others: Sequence[Panel]) -> Panel:
    """The panel with a column for each of `others`; rows without a value of each are left out.

    Each panel has one value at most for a unit in a period.
    """
    keys = _keys(panel)
    kept = np.ones(keys.size, dtype=np.bool_)
    for other in others:
        kept &= np.isin(keys, _keys(other))
    keys = keys[kept]
    columns = []
    for other in others:
        theirs = _keys(other)
        order = np.argsort(theirs, kind="stable")
        columns.append(other.values[order][np.searchsorted(theirs[order], keys)])
    names = tuple(other.metric for other in others)
    return replace(_rows(panel, kept), columns=read_only(np.column_stack(columns)), column_names=names)


def whole_units(panel: Panel, terms: DidTerms, n: int) -> Panel:
    """The panel of units seen in every period that is needed; `n` units in all."""
    if terms.data != "panel" or terms.incomplete == "kept":
        return panel
    needed = np.isin(panel.period, [terms.read.index(name) for name in terms.needed])
    seen = np.bincount(panel.codes[needed], minlength=n)
    return _rows(panel, seen[panel.codes] == len(terms.needed))


def _keys(panel: Panel) -> NDArray[np.int64]:
    """One number for each unit in each period."""
    return panel.codes.astype(np.int64) * len(panel.periods) + panel.period


def _rows(panel: Panel, kept: NDArray[np.bool_]) -> Panel:
    columns = None if panel.columns is None else read_only(panel.columns[kept])
    parts = (read_only(part[kept]) for part in (panel.codes, panel.period, panel.values))
    codes, period, values = parts
    return replace(panel, codes=codes, period=period, values=values, columns=columns)
