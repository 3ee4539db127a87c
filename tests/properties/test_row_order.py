"""The order of rows in a file never changes who is in, what happened or what is decided."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.claims.counts import count_claims
from outcomes.claims.delivery import decide_delivery
from outcomes.cohort.objects import Cohort
from outcomes.cohort.observe import observe
from outcomes.cohort.outcomes import Sample
from outcomes.cohort.select import select_cohort
from outcomes.contract.terms import ContractTerms
from outcomes.counterfactual.seal import cohort_fingerprint
from outcomes.records.objects import Records
from outcomes.records.sources import read_records
from tests.unit.claims.test_decide import CARD, CLAIMS, PAYMENTS
from tests.unit.claims.test_decide import HEADER as CLAIMS_HEADER
from tests.unit.records.delivery import HEADER, PEOPLE, deliver, terms, whole

MORE = """\
  measures: {files: [long.csv], columns: {person: id, measure: what, period: year, value: amount}}
"""
METRIC = 'metrics: {pay: {kind: amount, better: higher, value: {measure: pay, period: "1"}}}\n'
IDS = st.sampled_from(["a", "b", "c", "007", "7", "é"])
DAYS = st.sampled_from(["2021-02-01", "2021-02-02", "2021-07-01", "2020-01-01"])
PERSON = st.tuples(
    IDS, st.sampled_from(["served", "other"]), st.sampled_from(["2021-01-01", ""]), st.sampled_from("12")
)
VALUE = st.tuples(IDS, st.just("pay"), st.just("1"), st.sampled_from(["1", "2", ""]))
CLAIM = st.tuples(
    st.sampled_from("123456789"),
    IDS,
    st.sampled_from(["entry", "stay", "job", "x"]),
    DAYS,
    DAYS,
    st.sampled_from(["lease", ""]),
)


def _file(header: str, rows: list[tuple[str, ...]], last: str = "") -> str:
    return header + "".join(",".join(row) + last + "\n" for row in rows)


def _read(
    contract: ContractTerms, people: list[tuple[str, ...]], values: list[tuple[str, ...]], claims: list[tuple[str, ...]]
) -> Records:
    with tempfile.TemporaryDirectory() as folder:
        deliver(
            Path(folder),
            PEOPLE + MORE + CLAIMS,
            people=_file(HEADER, [*people, ("a1", "served", "2021-01-01", "1")], ",x"),
            long=_file("id,what,year,amount\n", [*values, ("a1", "pay", "1", "1")]),
            claims=_file(CLAIMS_HEADER, claims),
        )
        return read_records(contract, folder)


def _seen(contract: ContractTerms, records: Records) -> tuple[object, ...]:
    cohort: Cohort = select_cohort(contract, records)
    outcomes = observe(contract, records, cohort, "pay")
    assert isinstance(outcomes, Sample)
    decisions = decide_delivery(whole(contract, card=CARD), records, records.as_of).rows
    decided = sorted((d.claim_id, d.line, d.state, d.code, d.person) for d in decisions)
    return (
        cohort_fingerprint(cohort),
        cohort.flow,
        outcomes.codes.tolist(),
        outcomes.values.tolist(),
        decided,
        count_claims(decisions),
        records.checks,
    )


@settings(max_examples=30, deadline=None)
@given(
    people=st.lists(PERSON, max_size=10),
    values=st.lists(VALUE, max_size=8),
    claims=st.lists(CLAIM, max_size=14),
    seed=st.integers(0, 2**16),
)
def test_shuffled_rows_change_nothing(
    people: list[tuple[str, ...]], values: list[tuple[str, ...]], claims: list[tuple[str, ...]], seed: int
) -> None:
    contract = terms(METRIC, PAYMENTS)
    chance = np.random.default_rng(seed)

    def shuffled(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        return [rows[index] for index in chance.permutation(len(rows))]

    as_given = _seen(contract, _read(contract, people, values, claims))
    assert _seen(contract, _read(contract, shuffled(people), shuffled(values), shuffled(claims))) == as_given
    counts = as_given[5]
    assert isinstance(counts, tuple)
    assert all(count.claimed == count.accepted + count.rejected + count.queried for count in counts)
    assert all(count.people <= count.accepted for count in counts)
