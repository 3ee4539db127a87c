"""Two engines, written apart, decide the same claims alike: delivery after delivery, act after act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from outcomes.claims.counts import ClaimTotals, claim_totals
from outcomes.claims.objects import ClaimDecision
from tests.oracle.claims_product import Filed, Told
from tests.oracle.claims_world import Act, Deal, Delivery, World
from tests.oracle.generate_claims import make_world
from tests.oracle.naive_claim_counts import counts_of, profiles_of, turns_of
from tests.oracle.naive_register import Answer, NaiveRegister

SEED = 40_000
REASON = 6


def plain(decision: ClaimDecision) -> tuple[Any, ...]:
    """A decision as both engines tell it."""
    return (
        decision.claim_id,
        decision.clause,
        decision.line,
        decision.cohort,
        decision.segment,
        decision.state,
        decision.code,
        decision.priced_from,
        decision.achieved_on,
        decision.received_on,
    )


def told(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.ref,
        answer.clause,
        answer.outcome,
        answer.cohort,
        answer.segment,
        answer.state,
        answer.code,
        answer.priced_from,
        answer.achieved,
        answer.received,
    )


def totals_of(deal: Deal, answers: Sequence[Answer]) -> tuple[Any, ...]:
    return counts_of(answers), profiles_of(deal, answers), turns_of(deal, answers)


def plain_totals(totals: ClaimTotals) -> tuple[Any, ...]:
    counts = [
        (
            (one.clause, one.line, one.cohort, one.segment, one.priced_from),
            one.claimed,
            {
                state: number
                for state, number in (
                    ("accepted", one.accepted),
                    ("rejected", one.rejected),
                    ("query", one.queried),
                    ("disputed", one.disputed),
                    ("withdrawn", one.withdrawn),
                )
                if number
            },
            one.people,
        )
        for one in totals.counts
    ]
    profiles = sorted((one.clause, one.cohort, one.segment, one.lines, one.people) for one in totals.profiles)
    turns = [((one.clause, one.line, one.cohort, one.segment, one.priced_from), one.claims) for one in totals.turns]
    return sorted(counts, key=lambda count: count[0]), profiles, turns


def agree(world: World, product: Told, seed: int) -> Counter[str]:
    """How often each reason was given, once both engines have agreed on every step."""
    naive, seen = NaiveRegister(world.deal, world.elsewhere), Counter[str]()
    for number, step in enumerate(world.steps):
        where = f"seed {seed}, step {number}"
        if isinstance(step, Act):
            assert naive.act(step) == product.act(step), f"{where}: {step}"
        else:
            answers, made = naive.deliver(step), product.deliver(step)
            assert made.already == (answers == [] and bool(step.rows)), where
            if not made.already:
                same(where, step, [told(answer) for answer in answers], [plain(row) for row in made.rows])
                seen.update(answer.code or answer.state for answer in answers)
        standing = {ref: told(entry.answer) for ref, entry in naive.entries.items()}
        register = {ref: plain(record.decision) for ref, record in product.register.records.items()}
        assert standing == register, f"{where}, the register:\n{differences(standing, register)}"
    final = [entry.answer for entry in naive.entries.values()]
    ours = plain_totals(claim_totals(product.contract.terms, product.register.decisions()))
    assert totals_of(world.deal, final) == ours, f"seed {seed}: what pricing is told"
    return seen


def same(where: str, step: Delivery, answers: list[tuple[Any, ...]], rows: list[tuple[Any, ...]]) -> None:
    for place, (answer, row) in enumerate(zip(answers, rows, strict=True)):
        if answer[REASON] == row[REASON] == "claim-repeated":  # what else it says is said at the row that it repeats
            continue
        assert answer == row, f"{where}, row {place} {step.rows[place]}: naive\n{answer}\nproduct\n{row}"


def differences(standing: dict[str, Any], register: dict[str, Any]) -> str:
    refs = sorted({*standing, *register})
    lines = [f"{ref}: naive {standing.get(ref)}, product {register.get(ref)}" for ref in refs]
    return "\n".join(line for ref, line in zip(refs, lines, strict=True) if standing.get(ref) != register.get(ref))


def agree_alone(world: World, product: Told, seed: int) -> None:
    """The first list without a register: its decisions, and what pricing is told of them."""
    first = next(step for step in world.steps if isinstance(step, Delivery))
    naive = NaiveRegister(world.deal, world.elsewhere, kept=False)
    answers, rows = naive.deliver(first), product.alone(first).rows
    same(f"seed {seed}, alone", first, [told(answer) for answer in answers], [plain(row) for row in rows])
    assert totals_of(world.deal, answers) == plain_totals(claim_totals(product.contract.terms, rows)), f"seed {seed}"


REASONS = """
accepted withdrawn claim-repeated claim-id-taken withdrawn-unclear clause-unknown outcome-unknown claim-id-reused
person-unknown segment segment-unpriced achieved-on-missing received-on-missing achieved-after-as-of
received-after-as-of achieved-after-received contract-stopped before-window after-window before-start claimed-late
resubmitted-late evidence-missing evidence-kind outcome-repeated accepted-elsewhere excluded requires requires-order
times-per-person disputed-by-a-person rejected-by-a-person withdrawn-by-a-person
"""
"""Every reason that a claim can be answered with."""


def agree_on(seeds: range, patch: pytest.MonkeyPatch) -> tuple[Counter[str], Counter[str]]:
    """How often each reason was given, and how many worlds have each feature."""
    seen, features = Counter[str](), Counter[str]()
    for seed in seeds:
        world = make_world(seed)
        product = Told(world.deal, world.elsewhere, patch)
        agree_alone(world, product, seed)
        seen += agree(world, product, seed)
        features.update(world.features)
    return seen, features


def test_both_engines_agree_on_1500_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 1500
    seen, features = agree_on(range(SEED, SEED + count), monkeypatch)
    rare = [reason for reason in REASONS.split() if seen[reason] < count // 100]
    assert not rare, f"reasons that came up in too few claims: {rare}"
    assert set(seen) - {"left-out"} == set(REASONS.split())
    few = [name for name, worlds in features.items() if worlds < count // 100]
    assert not few, f"features in under 1 % of worlds: {few}"


@pytest.mark.slow
def test_both_engines_agree_on_30000_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    agree_on(range(1_000_000, 1_030_000), monkeypatch)


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_agree_through_files_and_a_register_on_disk(seed: int, tmp_path: Path) -> None:
    world = make_world(seed)
    agree(world, Filed(world.deal, world.elsewhere, tmp_path), seed)


@pytest.mark.slow
def test_both_engines_agree_through_files_on_500_worlds(tmp_path: Path) -> None:
    for seed in range(100, 600):
        world = make_world(seed)
        agree(world, Filed(world.deal, world.elsewhere, tmp_path / f"{seed}"), seed)
