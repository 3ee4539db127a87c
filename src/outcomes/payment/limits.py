"""Limits: caps and floors on outcomes and on money, for the point and for draws alike.

A cap over several rows is used up first come, first served in the order of the rows
(cohorts in order of time, then lines of the rate card), so that a later cohort never
changes what an earlier one earned.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from outcomes.contract.clauses import AmountShare, ClauseLimits
from outcomes.contract.load import Contract
from outcomes.payment.scene import Array, Scene

__all__ = ["cap_of", "limit_money", "used_up"]


def used_up(values: Array, cap: Fraction, scene: Scene) -> Array:
    """`values` along the last axis until their running total reaches `cap`; same shape."""
    ceiling = scene.constant(cap)
    running = np.cumsum(values, axis=-1)
    return np.asarray(np.minimum(running, ceiling) - np.minimum(running - values, ceiling))


def cap_of(contract: Contract, limits: ClauseLimits) -> Fraction | None:
    """The money cap of a clause, a share of a named amount worked out."""
    if isinstance(limits.at_most, AmountShare):
        amount = contract.terms.amounts[limits.at_most.of]
        if isinstance(amount, dict):
            raise TypeError(f"the amount {limits.at_most.of} is a table")
        return limits.at_most.share * amount
    return limits.at_most


def limit_money(contract: Contract, limits: ClauseLimits, amounts: Array, scene: Scene) -> Array:
    """`amounts` within the clause's cap, then lifted to its floor on the first row."""
    cap = cap_of(contract, limits)
    limited = amounts if cap is None else used_up(amounts, cap, scene)
    if limits.at_least is None or amounts.shape[-1] == 0:
        return limited
    short = np.maximum(scene.constant(limits.at_least) - limited.sum(axis=-1), scene.constant(0))
    lifted = limited.copy()
    lifted[..., 0] = lifted[..., 0] + short
    return lifted
