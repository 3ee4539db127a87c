"""The interim figures of six months beside the result of twelve, and what the interim figures cannot carry.

Run after ``outcomes run examples/peterborough-interim``, or on its own:
``uv run python examples/peterborough-interim/compare.py``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import outcomes as oc

HERE = Path(__file__).parent
ROWS = (
    ("six months, totals, same amount", "events-in-six-months", "events-six-months", "additive"),
    ("six months, totals, same share", "events-in-six-months", "events-six-months", "multiplicative"),
    ("twelve months, matched, as published", "events-in-twelve-months", "events-twelve-months", None),
)
NOT_A_TEST = """
The three differ in window, comparison and adjustment: they are not comparable
as a test of method."""


def main() -> None:
    """Prints the table."""
    contract = oc.load_contract(HERE)
    records = oc.read_records(contract, HERE)
    print(f"{'Reconviction events per 100 men':38}  with  without   change")
    for words, plan_id, metric, trend in ROWS:
        plan = contract.evaluation[plan_id]
        if trend is None:
            made = next(e for e in oc.run(contract, records).effects if e.key.plan == plan_id)
        else:
            plan = replace(plan, did=replace(plan.did, trend=trend))
            made = oc.estimate(oc.match(None, plan), oc.observe(contract, records, None, metric, plan), plan).effect
        change = made.difference / made.counterfactual_level
        with_, without = float(100 * made.treated_level), float(100 * made.counterfactual_level)
        print(f"{words:38}  {with_:4.0f}  {without:7.1f}  {float(100 * change):6.1f} %")
    print(NOT_A_TEST)


if __name__ == "__main__":
    main()
