"""The same payment from Python: claims decided, counted and priced.

``uv run python examples/reboot-west/pay.py``
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import outcomes as oc

HERE = Path(__file__).parent


def main() -> None:
    """Prints what is due and why some claims are not."""
    contract = oc.load_contract(HERE)
    records = oc.read_records(contract, HERE / "data.yaml")
    run = oc.run(contract, records)
    print(f"{len(run.decisions):,} claims: {sum(count.accepted for count in run.counts):,} accepted")
    for code, number in sorted(Counter(d.code for d in run.decisions if d.state != "accepted").items()):
        print(f"  {number} not accepted: {code}")
    print(f"due: {run.statement.total.due}")
    print(f"range: {run.statement.band.reason}")


if __name__ == "__main__":
    main()
