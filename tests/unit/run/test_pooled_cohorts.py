"""`pool: weight by people` on files: all cohorts together are the cohorts' own effects, weighted."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.run.evaluate import run
from tests.people_files import DATA, crowd, deliver, load, measures, write

PLAIN = 'cohorts: {who_counts: "everyone eligible, engaged or not", one_entry_per_person: first}'
COHORTS = PLAIN.replace("{", "{named: [first, second, third], ")


def test_the_pooled_effect_is_that_of_cohorts_weighted(tmp_path: Path) -> None:
    people, rows = crowd()
    lines = [
        line.replace(",2020-06-01,", f",{'first' if number % 3 else 'second'},")
        for number, line in enumerate(people.splitlines(True))
    ]
    data = DATA.replace("eligible_from: first", "cohort: first").replace(", eligible_until: until", "")
    contract = write(tmp_path / "contract", {"pool": "weight by people"}, **{PLAIN: COHORTS})
    delivery = deliver(tmp_path / "data", "".join(lines), data, **{"measures.csv": measures(rows)})
    made = run(*load(contract, delivery), draws=50)
    effects = {effect.key.cohort: effect for effect in made.effects}
    assert set(effects) == {"first", "second", "all cohorts together"}
    pooled = effects.pop("all cohorts together")
    sizes = [effect.n_measured or 0 for effect in effects.values()]
    weighted = sum(n * float(e.difference or 0) for n, e in zip(sizes, effects.values(), strict=True)) / sum(sizes)
    assert float(pooled.difference or 0) == pytest.approx(weighted)
    assert pooled.n_measured == sum(sizes)
    assert pooled.standard_error is not None
    assert any("weighted by people measured" in line for line in pooled.method)
