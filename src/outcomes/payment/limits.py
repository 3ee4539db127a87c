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
from outcomes.contract.calendar import entry_of
from outcomes.contract.clauses import AmountShare, ClauseLimits
from outcomes.contract.load import Contract
from outcomes.errors import Problem, Refused
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = [
    "Claimed",
    "cap_of",
    "caps_by_row",
    "claimed_in",
    "cut_to",
    "limit_money",
    "per_person_factors",
    "used_up",
    "within_composition",
]

_TURNS = 200
_STILL = Fraction(1, 10**12)
"""A turn that moves less than this share of all outcomes is the last."""

Claimed = tuple[str, str, str, str]
"""A kind of claim: its line, cohort, segment and the day from which it is priced."""


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
        groups.setdefault(entry_of(contract.terms, table, row.cohort) or "", []).append(position)
    return [(limits.at_most.share * table[year], places) for year, places in groups.items()]


def _capped(contract: Contract, limits: ClauseLimits, amounts: Array, rows: Sequence[Row], scene: Scene) -> Array:
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

    Rules whose parts do not overlap are solved together: the most that keeps each, and the
    clause's limit on outcomes.  Rules for lines and rules for segments take turns until both hold.

    Raises
    ------
    Refused
        If they do not come to hold together.
    """
    families: list[list[tuple[list[int], Fraction]]] = []
    for rule in limits.composition:
        mine = [place for place, row in enumerate(rows) if rule.from_ in (row.line, row.segment)]
        free = (family for family in families if not any(set(mine) & set(other) for other, _ in family))
        family = next(free, None)
        if family is None:
            families.append(family := [])
        family.append((mine, rule.share))
    within = values
    for _ in range(_TURNS):
        before = within
        for family in families:
            within = _shared(limits, family, within, scene)
        if len(families) < 2 or _as_good_as(before, within, scene):
            return within
    message = "the limits on composition cut one another down until next to nothing is left."
    raise Refused(Problem("composition", "limits.composition", message, "Put up a share, or drop a rule."))


def _as_good_as(before: Array, after: Array, scene: Scene) -> bool:
    moved, whole = np.abs(before - after).sum(axis=-1), np.abs(before).sum(axis=-1)
    return bool(np.all(moved <= whole * scene.constant(_STILL)))


def _shared(limits: ClauseLimits, family: Sequence[tuple[list[int], Fraction]], values: Array, scene: Scene) -> Array:
    """The most outcomes with each part of a family of parts within its share of them all."""
    shares = [scene.constant(share) for _, share in family]
    sums = [np.sum(values[..., mine], axis=-1, keepdims=True) for mine, _ in family]
    total = _total_within(np.sum(values, axis=-1, keepdims=True), sums, shares, scene)
    if limits.outcomes is not None:
        total = np.minimum(total, scene.constant(limits.outcomes))
    within = values.copy()
    for (mine, _), own, share in zip(family, sums, shares, strict=True):
        # Nothing is touched where a part is within its share: draws must not be cut by a float's last digit.
        part = cut_to(values[..., mine], total * share, limits.cut, scene)
        within[..., mine] = np.where(own > total * share, part, values[..., mine])
    return within


def _total_within(whole: Array, sums: Sequence[Array], shares: Sequence[Any], scene: Scene) -> Array:
    """The most outcomes that can be paid in all, (..., 1): what is not cut over 1 - the shares of what is."""
    zero = scene.constant(0)
    total, over = whole, [np.zeros(whole.shape, dtype=bool) for _ in sums]
    for _ in sums:  # a part once over its share stays so as the total falls
        over = [was | (own > total * share).astype(bool) for was, own, share in zip(over, sums, shares, strict=True)]
        left, taken = whole, np.zeros_like(whole)
        for was, own, share in zip(over, sums, shares, strict=True):
            left, taken = left - np.where(was, own, zero), taken + np.where(was, share, zero)
        total = left / (scene.constant(1) - taken)
    return total


def per_person_factors(
    limit: Fraction, prices: Mapping[Claimed, Fraction], profiles: Sequence[ClaimProfile], how: str
) -> dict[Claimed, Fraction]:
    """For each kind of claim the share of its money that is left under a limit for each person.

    First come: a person's claims use the limit up in their order, so that a later claim takes
    nothing from an earlier one.  Pro rata: all of them are cut by the same share.

    Parameters
    ----------
    limit : Fraction
    prices : mapping of kind of claim to what one claim pays
    profiles : sequence of ClaimProfile
        Every person with a claim, grouped by what they have, in order.
    how : {"first come", "pro rata"}
    """
    before: dict[Claimed, Fraction] = {}
    after: dict[Claimed, Fraction] = {}
    for profile in profiles:
        kinds = claimed_in(profile)
        earned = sum((prices[kind] * count for kind, count in kinds), Fraction(0))
        share, room = (min(Fraction(1), limit / earned) if earned > 0 else Fraction(1)), limit
        for kind, count in kinds:
            money = prices[kind] * count
            kept = min(money, room) if how == "first come" else money * share
            room -= kept
            before[kind] = before.get(kind, Fraction(0)) + money * profile.people
            after[kind] = after.get(kind, Fraction(0)) + kept * profile.people
    return {kind: after[kind] / before[kind] if before[kind] else Fraction(1) for kind in before}


def claimed_in(profile: ClaimProfile) -> list[tuple[Claimed, int]]:
    """Each kind of claim that a profile's people have, and how many each of them has."""
    return [((line, profile.cohort, profile.segment, day), count) for line, day, count in profile.lines]


def limit_money(contract: Contract, limits: ClauseLimits, amounts: Array, rows: Sequence[Row], scene: Scene) -> Array:
    """`amounts` within the clause's cap, then lifted to its floor on the first row."""
    limited = _capped(contract, limits, amounts, rows, scene)
    if limits.at_least is None or amounts.shape[-1] == 0:
        return limited
    short = np.maximum(scene.constant(limits.at_least) - limited.sum(axis=-1), scene.constant(0))
    lifted = limited.copy()
    lifted[..., 0] = lifted[..., 0] + short
    return lifted
