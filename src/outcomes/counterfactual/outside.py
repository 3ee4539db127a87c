"""Sources of sampling error that are nobody in the data, such as a stated level that was once counted on people.

Each has a number of its own, far above any code of a person and the same in every
cohort and run, so that effects which rest on one stated level are drawn jointly.
"""

from __future__ import annotations

from hashlib import sha256

__all__ = ["OUTSIDE", "outside_code"]

OUTSIDE = 2**30
"""Codes and clusters from here on are no people."""


def outside_code(plan: str, metric: str, source: str) -> int:
    """The number of one source: it depends on the plan, the metric and the name of the level alone.

    Examples
    --------
    >>> outside_code("p", "m", "north") == outside_code("p", "m", "north") != outside_code("p", "m", "south")
    True
    """
    digest = sha256("\x1f".join((plan, metric, source)).encode()).digest()
    return OUTSIDE + int.from_bytes(digest[:4], "big") % OUTSIDE
