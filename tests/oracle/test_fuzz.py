"""Two engines, written apart, agree to the penny on thousands of generated contracts."""

from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from outcomes.errors import Refused
from outcomes.payment.pricing import price
from tests.oracle.generate import AS_OF, Made, make
from tests.oracle.naive_pricing import Answer, CannotPrice, naive_price

SEED = 20_260
AT_LEAST = Fraction(1, 100)
AT_THRESHOLD = Fraction(5, 100)


def naive(made: Made) -> Answer | None:
    try:
        return naive_price(made.world)
    except CannotPrice:
        return None


def product(made: Made) -> Answer | None:
    """The engine's answer; two draws, since here only the point is compared."""
    try:
        statement = price(made.contract, made.evidence, AS_OF, draws=2)
    except Refused:
        return None
    return Answer(
        Fraction(statement.due),
        {clause.id: Fraction(clause.due) for clause in statement.clauses},
        {
            clause.id: [Fraction(row.due) for row in clause.rows if row.quantity is not None]
            for clause in statement.clauses
        },
        {payer.payer: Fraction(payer.due) for payer in statement.payers},
    )


def agree(seeds: range) -> Counter[str]:
    """How many contracts have each feature, once both engines have agreed on all of them."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        made = make(Random(seed))
        plain, ours = naive(made), product(made)
        assert plain == ours, f"seed {seed}: the naive engine says\n{plain}\nand the product\n{ours}"
        seen.update(made.features | ({"refused"} if plain is None else set()))
    return seen


def test_both_engines_agree_on_2000_contracts() -> None:
    count = 2000
    seen = agree(range(SEED, SEED + count))
    rare = {name: hits for name, hits in seen.items() if hits < AT_LEAST * count}
    assert not rare, f"features in under 1 % of contracts: {rare}"
    assert seen["exactly at a threshold"] >= AT_THRESHOLD * count
    assert seen["refused"] <= count // 5


@pytest.mark.slow
def test_both_engines_agree_on_100000_contracts() -> None:
    agree(range(1_000_000, 1_100_000))
