"""Sets of comparison people for everyone in the programme: one way in for every kind of nearest-neighbour matching.

Lives here: which search, choice and order a rule means, and whether ties could have
changed the result.  Does not live here: the searches themselves, or anything about outcomes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.free_people import FileScore, FileSpace, FreePeople, file_positions
from outcomes.counterfactual.matching.greedy import Greedy, Seeker, turns
from outcomes.counterfactual.matching.match_space import MatchSpace, Pairs, SetRule
from outcomes.counterfactual.matching.nearest import ScoreField, ScoreSeeker
from outcomes.counterfactual.matching.replacement import file_score_nearest, nearest_of_each
from outcomes.counterfactual.matching.space_field import SpaceField, SpaceSeeker
from outcomes.counterfactual.matching.tie_keys import TieKeys

__all__ = ["MatchField", "field_of", "match_sets"]

MatchField = ScoreField | SpaceField


def field_of(space: MatchSpace, rule: SetRule) -> MatchField:
    """Everyone sorted for matching by `rule`: made once, and matched under as many keys as wanted.

    A score is walked along; covariates, and a score with limits on covariates, get lists
    of the nearest.
    """
    if space.scored and not space.limits:
        return ScoreField.of(space, rule.reach)
    return SpaceField.of(space, rule.reach, rule.sets)


def match_sets(field: MatchField, rule: SetRule, keys: NDArray[np.uint64] | TieKeys) -> Pairs:
    """Each person in the programme with the nearest comparison people.

    Parameters
    ----------
    field : MatchField
        From `field_of` with the same rule.
    rule : SetRule
    keys : ndarray of uint64, shape (n,), or TieKeys
        Among equals the smallest key is taken first (see `order_keys`); unused with
        ``ties: file``.

    Returns
    -------
    Pairs
        People without a match are not in it.

    Notes
    -----
    Greedy and exact: nobody nearer was free when a pair was made.  With ``ties: file``
    the pairs are those of MatchIt 4.7.2 (Ho, Imai, King & Stuart 2011), ties included.
    Otherwise squared distances on several covariates that agree to nine digits are equal.

    Assumes that a pair is as good as its distance (A2: no better comparison exists
    outside the file).
    """
    space, codes = field.space, field.treated
    in_file = rule.ties == "file"
    people = _people(field, keys, in_file=in_file)
    seeker: Seeker = ScoreSeeker(field) if isinstance(field, ScoreField) else SpaceSeeker(field, people, not in_file)
    if rule.replace:
        if in_file and space.scored:
            reach = np.inf if rule.reach is None else rule.reach
            made = file_score_nearest(space, codes, file_positions(space), rule.sets, reach)
            return Pairs.of(made, ties_matter=False, reused=True)
        made, broken = nearest_of_each(seeker, people, codes, rule, squared=not space.scored)
        return Pairs.of(made, ties_matter=broken, reused=True)
    own = np.arange(codes.size, dtype=np.uint64) if in_file else keys[codes]
    greedy = Greedy(seeker, people, codes)
    tied = False
    if rule.order == "closest":
        greedy.closest_first(rule.sets, None if in_file else own)
    else:
        order, tied = turns(space, codes, own, rule.order)
        greedy.in_turn(order, rule.sets)
    matter = tied or greedy.level or seeker.several or people.part_used() or _part_matched(field, greedy.pairs)
    return Pairs.of(greedy.pairs, ties_matter=matter)


def _people(field: MatchField, keys: NDArray[np.uint64] | TieKeys, *, in_file: bool) -> FreePeople:
    """Everyone free, with the way of choosing between equals."""
    if not in_file:
        return FreePeople(field.members, field.start, keys)
    position = file_positions(field.space)
    kind = FileScore if field.space.scored else FileSpace
    return kind(field.members, field.start, position)


def _part_matched(field: MatchField, pairs: list[tuple[int, int]]) -> bool:
    """True when of people who are alike some were given more comparison people than others."""
    space, people = field.space, field.treated
    made = np.array([person for person, _ in pairs], dtype=np.int64)
    got = np.bincount(made, minlength=space.treated.size)[people]
    if not people.size or got.min() == got.max():
        return False
    columns = [space.coordinates[people, j] for j in range(space.coordinates.shape[1])]
    columns += [limit.values[people] for limit in space.limits] + [space.stratum[people].astype(np.float64)]
    order = np.lexsort(columns)
    same = np.ones(people.size - 1, dtype=np.bool_)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    return bool((same & (got[order][1:] != got[order][:-1])).any())
