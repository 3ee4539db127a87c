"""Laws of claims, whatever was agreed: never twice, the same again is nothing, the order of rows is nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from tests.oracle.claims_product import Told
from tests.oracle.claims_world import Delivery, Row, World
from tests.oracle.generate_claims import ENDS, make_world

SEED = 40_000


def accepted(product: Told) -> set[str]:
    return {ref for ref, record in product.register.records.items() if record.decision.state == "accepted"}


def rows_of(world: World) -> list[Row]:
    return [row for step in world.steps if isinstance(step, Delivery) for row in step.rows]


def in_one(rows: Sequence[Row], world: World) -> Delivery:
    """Rows as one list of the last day, with everybody whom the world knows of."""
    people = next((step.people for step in world.steps if isinstance(step, Delivery) and step.people), None)
    return Delivery(ENDS[-1], tuple(rows), people=people)


def never_twice(world: World, product: Told) -> None:
    """No outcome of one person and day is accepted twice, and none more often than its line allows."""
    records = [product.register.records[ref] for ref in accepted(product)]
    outcomes = Counter((one.claim.person, one.claim.line, one.claim.achieved_on) for one in records)
    assert set(outcomes.values()) <= {1}
    times = Counter((one.decision.clause, one.claim.person, one.claim.line, one.claim.segment) for one in records)
    for (clause, _, outcome, segment), number in times.items():
        lines = next(one for one in world.deal.clauses if one.id == clause).lines
        own = [line for line in lines if line.outcome == outcome and line.segment == segment]
        line = (own or [line for line in lines if line.outcome == outcome])[0]
        assert line.times is None or number <= line.times


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_claims_split_over_deliveries_are_never_accepted_twice(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(SEED, SEED + 150):
        world, random = make_world(seed), Random(seed)
        product, rows = Told(world.deal, world.elsewhere, monkeypatch), rows_of(world)
        random.shuffle(rows)
        before: set[tuple[object, ...]] = set()
        for part in range(parts):
            product.deliver(in_one(rows[part::parts], world))
            never_twice(world, product)
            stands = {
                (ref, record.claim.person, record.claim.line)
                for ref, record in product.register.records.items()
                if record.decision.state == "accepted"
            }
            sent = {row.ref for row in rows[part::parts]}
            assert {one for one in before if one[0] not in sent} <= stands, "what is not sent again stays as it was"
            before = stands


def test_the_same_delivery_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(SEED, SEED + 200):
        world = make_world(seed)
        product = Told(world.deal, world.elsewhere, monkeypatch)
        for step in world.steps:
            if isinstance(step, Delivery):
                product.deliver(step)
                entries, stands = product.register.entries, accepted(product)
                assert product.deliver(step).already
                assert product.register.entries == entries
                # Nor does what was accepted fall, or come twice, where the same rows come on a later day.
                product.deliver(replace(step, on=ENDS[-1]))
                never_twice(world, product)
                assert stands <= accepted(product)
                break


def test_the_order_of_rows_changes_nothing_in_what_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(SEED, SEED + 200):
        world, random = make_world(seed), Random(seed)
        rows, found = rows_of(world), set()
        for _ in range(3):
            product = Told(world.deal, world.elsewhere, monkeypatch)
            product.deliver(in_one(rows, world))
            found.add(frozenset(accepted(product)))
            random.shuffle(rows)
        assert len(found) == 1, f"seed {seed}"
