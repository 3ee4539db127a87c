"""Limits: caps and floors on outcomes and on money, for the point and for draws alike.

A cap over several rows is used up first come, first served in the order of the rows
(cohorts in order of time, then lines of the rate card), so that a later cohort never
changes what an earlier one earned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from outcomes.claims.objects import ClaimProfile
from outcomes.contract.clauses import AmountShare, ClauseLimits
from outcomes.contract.load import Contract
from outcomes.payment.prices import of_cohort
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = ["cap_of", "caps_by_row", "limit_money", "per_person_factors", "used_up", "within_composition"]


def used_up(values: Array, cap: Fraction, scene: Scene) -> Array:
    """`values` along the last axis until their running total reaches `cap`; same shape."""
    ceiling = scene.constant(cap)
    running = np.cumsum(values, axis=-1)
    return np.asarray(np.minimum(running, ceiling) - np.minimum(running - values, ceiling))


def cap_of(contract: Contract, limits: ClauseLimits) -> Fraction | None:
    """The money cap of a clause, a share of a named amount worked out; of a table by year, its sum."""
    if isinstance(limits.at_most, AmountShare):
        amount = contract.terms.amounts[limits.at_most.of]
        whole = sum(amount.values(), Fraction(0)) if isinstance(amount, dict) else amount
        return limits.at_most.share * whole
    return limits.at_most


def caps_by_row(
    contract: Contract, limits: ClauseLimits, rows: Sequence[Row]
) -> list[tuple[Fraction, list[int]]] | None:
    """Where the cap is a table by year: each year's cap and the rows that use it up."""
    if not isinstance(limits.at_most, AmountShare):
        return None
    table = contract.terms.amounts[limits.at_most.of]
    if not isinstance(table, dict):
        return None
    groups: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        groups.setdefault(row.cohort if row.cohort in table else row.cohort[:4], []).append(position)
    return [(limits.at_most.share * of_cohort(table, year, contract), places) for year, places in groups.items()]


def _capped(contract: Contract, limits: ClauseLimits, amounts: Array, rows: Sequence[Row], scene: Scene) -> Array:
    years = caps_by_row(contract, limits, rows)
    if years is not None:
        limited = amounts.copy()
        for cap, places in years:
            limited[..., places] = _cut(amounts[..., places], cap, limits.cut, scene)
        return limited
    whole = cap_of(contract, limits)
    return amounts if whole is None else _cut(amounts, whole, limits.cut, scene)


def _cut(amounts: Array, cap: Fraction, how: str, scene: Scene) -> Array:
    """First come: used up in order.  Pro rata: every row cut by the same share."""
    if how == "first come" or amounts.shape[-1] == 0:
        return used_up(amounts, cap, scene)
    whole = np.sum(amounts, axis=-1, keepdims=True)
    over = np.maximum(whole, scene.constant(max(cap, Fraction(0))))
    safe = np.where(over > scene.constant(0), over, scene.constant(1))
    return np.asarray(np.where(whole > scene.constant(cap), amounts * scene.constant(cap) / safe, amounts))


def within_composition(limits: ClauseLimits, values: Array, rows: Sequence[Row], scene: Scene) -> Array:
    """Outcomes so that no named line or segment is more than its share of all that is paid.

    With others n, a share s of the whole is at most s / (1 - s) x n.
    """
    within = values
    for rule in limits.composition:
        mine = [place for place, row in enumerate(rows) if rule.from_ in (row.line, row.segment)]
        rest = [place for place in range(len(rows)) if place not in mine]
        if not mine or rule.share >= 1:
            continue
        room = np.sum(within[..., rest], axis=-1, keepdims=True) * scene.constant(rule.share / (1 - rule.share))
        running = np.cumsum(within[..., mine], axis=-1)
        within = within.copy()
        within[..., mine] = np.minimum(running, room) - np.minimum(running - within[..., mine], room)
    return within


def per_person_factors(
    limit: Fraction, prices: Mapping[tuple[str, str, str], Fraction], profiles: Sequence[ClaimProfile]
) -> dict[tuple[str, str, str], Fraction]:
    """For each (line, cohort, segment) the share of its money that is left under a limit for each person.

    A person's claims are cut by the same share, so that together they meet the limit.

    Parameters
    ----------
    limit : Fraction
    prices : mapping of (line, cohort, segment) to the price of one claim
    profiles : sequence of ClaimProfile
        Every person with a claim, grouped by what they have.
    """
    before: dict[tuple[str, str, str], Fraction] = {}
    after: dict[tuple[str, str, str], Fraction] = {}
    for profile in profiles:
        keys = [((line, profile.cohort, profile.segment), count) for line, count in profile.lines]
        earned = sum((prices[key] * count for key, count in keys), Fraction(0))
        left = min(Fraction(1), limit / earned) if earned > 0 else Fraction(1)
        for key, count in keys:
            money = prices[key] * count * profile.people
            before[key] = before.get(key, Fraction(0)) + money
            after[key] = after.get(key, Fraction(0)) + money * left
    return {key: after[key] / before[key] if before[key] else Fraction(1) for key in before}


def limit_money(contract: Contract, limits: ClauseLimits, amounts: Array, rows: Sequence[Row], scene: Scene) -> Array:
    """`amounts` within the clause's cap, then lifted to its floor on the first row."""
    limited = _capped(contract, limits, amounts, rows, scene)
    if limits.at_least is None or amounts.shape[-1] == 0:
        return limited
    short = np.maximum(scene.constant(limits.at_least) - limited.sum(axis=-1), scene.constant(0))
    lifted = limited.copy()
    lifted[..., 0] = lifted[..., 0] + short
    return lifted
