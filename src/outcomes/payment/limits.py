"""Limits: caps and floors on outcomes and on money, for the point and for draws alike.

A cap over several rows is used up first come, first served in the order of the rows
(cohorts in order of time, then lines of the rate card), so that a later cohort never
changes what an earlier one earned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from outcomes.claims.objects import ClaimProfile
from outcomes.contract.clauses import AmountShare, ClauseLimits
from outcomes.contract.load import Contract
from outcomes.payment.prices import of_cohort
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = ["cap_of", "caps_by_row", "capped", "cut_to", "limit_money", "per_person_factors", "used_up", "within_composition"]


def used_up(values: Array, cap: Any, scene: Scene) -> Array:
    """`values` along the last axis until their running total reaches `cap`; same shape."""
    ceiling = scene.constant(cap) if isinstance(cap, Fraction) else cap
    running = np.cumsum(values, axis=-1)
    return np.asarray(np.minimum(running, ceiling) - np.minimum(running - values, ceiling))


def cut_to(values: Array, cap: Any, how: str, scene: Scene) -> Array:
    """`values` cut so that together they are at most `cap`, a Fraction or an array (..., 1).

    First come: used up in order.  Pro rata: every row is cut by the same share.
    """
    if how == "first come" or values.shape[-1] == 0:
        return used_up(values, cap, scene)
    ceiling = scene.constant(cap) if isinstance(cap, Fraction) else cap
    whole = np.sum(values, axis=-1, keepdims=True)
    over = whole > ceiling
    safe = np.where(over, whole, scene.constant(1))
    return np.asarray(np.where(over, values * ceiling / safe, values))


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


def capped(contract: Contract, limits: ClauseLimits, amounts: Array, rows: Sequence[Row], scene: Scene) -> Array:
    years = caps_by_row(contract, limits, rows)
    if years is not None:
        limited = amounts.copy()
        for cap, places in years:
            limited[..., places] = cut_to(amounts[..., places], cap, limits.cut, scene)
        return limited
    whole = cap_of(contract, limits)
    return amounts if whole is None else cut_to(amounts, whole, limits.cut, scene)


def within_composition(limits: ClauseLimits, values: Array, rows: Sequence[Row], scene: Scene) -> Array:
    """Outcomes so that no named line or segment is more than its share of all that is paid.

    The most that keeps every rule: with T outcomes paid in all, a part with share s keeps at
    most s x T, and T is what the parts that are cut leave of the rest over 1 - their shares.
    Rules name parts that do not overlap (the loader checks).
    """
    parts = [([place for place, row in enumerate(rows) if rule.from_ in (row.line, row.segment)], rule.share)
             for rule in limits.composition]
    whole = np.sum(values, axis=-1, keepdims=True)
    zero = scene.constant(0)
    total, cut = whole, [np.zeros(whole.shape, dtype=bool)] * len(parts)
    for _ in parts:  # a part once over its share stays so as the total falls
        sums = [np.sum(values[..., mine], axis=-1, keepdims=True) for mine, _ in parts]
        cut = [was | (own > total * scene.constant(share)) for was, own, (_, share) in zip(cut, sums, parts, strict=True)]
        rest = whole - sum(np.where(over, own, zero) for over, own in zip(cut, sums, strict=True))
        shares = sum(np.where(over, scene.constant(share), zero) for over, (_, share) in zip(cut, parts, strict=True))
        total = rest / (scene.constant(1) - shares)
    within = values.copy()
    for (mine, share), over in zip(parts, cut, strict=True):
        within[..., mine] = np.where(over, cut_to(values[..., mine], total * scene.constant(share), limits.cut, scene), values[..., mine])
    return within


def per_person_factors(limit: Fraction, prices: Mapping[Claimed, Fraction], profiles: Sequence[ClaimProfile]) -> dict[Claimed, Fraction]:
    """For each kind of claim the share of its money that is left under a limit for each person.

    A person's claims are cut by the same share, so that together they meet the limit.

    Parameters
    ----------
    limit : Fraction
    prices : mapping of kind of claim to what one claim pays
    profiles : sequence of ClaimProfile
        Every person with a claim, grouped by what they have.
    """
    before: dict[Claimed, Fraction] = {}
    after: dict[Claimed, Fraction] = {}
    for profile in profiles:
        kinds = claimed_in(profile)
        earned = sum((prices[kind] * count for kind, count in kinds), Fraction(0))
        left = min(Fraction(1), limit / earned) if earned > 0 else Fraction(1)
        for kind, count in kinds:
            money = prices[kind] * count * profile.people
            before[kind] = before.get(kind, Fraction(0)) + money
            after[kind] = after.get(kind, Fraction(0)) + money * left
    return {kind: after[kind] / before[kind] if before[kind] else Fraction(1) for kind in before}


def claimed_in(profile: ClaimProfile) -> list[tuple[Claimed, int]]:
    """Each kind of claim that a profile's people have, and how many each of them has."""
    days = dict(profile.priced_from)
    return [((line, profile.cohort, profile.segment, ""), count) for line, count in profile.lines if line not in days]


def limit_money(contract: Contract, limits: ClauseLimits, amounts: Array, rows: Sequence[Row], scene: Scene) -> Array:
    """`amounts` within the clause's cap, then lifted to its floor on the first row."""
    limited = capped(contract, limits, amounts, rows, scene)
    if limits.at_least is None or amounts.shape[-1] == 0:
        return limited
    short = np.maximum(scene.constant(limits.at_least) - limited.sum(axis=-1), scene.constant(0))
    lifted = limited.copy()
    lifted[..., 0] = lifted[..., 0] + short
    return lifted
