"""Results as pandas tables, for people who work in a notebook."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of"]


def frame_of(rows: Sequence[Any], leave_out: Sequence[str] = ()) -> pd.DataFrame:
    """One row for each dataclass in `rows`, one column for each field but those in `leave_out`.

    Exact numbers become floats here: a table is for looking, not for paying.
    """
    import pandas as pd

    return pd.DataFrame([_cells(row, leave_out) for row in rows])


def _cells(row: Any, leave_out: Sequence[str]) -> dict[str, Any]:
    return {
        field.name: _cell(getattr(row, field.name))
        for field in dataclasses.fields(row)
        if field.name not in leave_out and not field.name.startswith("_")
    }


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction | Decimal) else value
