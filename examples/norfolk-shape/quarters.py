"""Entitlement quarter by quarter, and what is due or taken back: 21 quarters from four deliveries.

``uv run python examples/norfolk-shape/quarters.py``
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import outcomes as oc

HERE = Path(__file__).parent
FIRST_YEAR, QUARTERS = 2015, 21


def quarter_ends() -> list[tuple[str, date]]:
    """``("2015-Q1", date(2015, 3, 31))`` and the twenty after it."""
    found = []
    for number in range(QUARTERS):
        year, quarter = FIRST_YEAR + number // 4, number % 4 + 1
        after = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
        found.append((f"{year}-Q{quarter}", after - timedelta(1)))
    return found


def main() -> None:
    """Prints one line for each quarter; entitlement is cumulative, only the difference is paid."""
    contract = oc.load_contract(HERE)
    last = oc.read_records(contract, HERE / "data.yaml")
    print(f"{'':8}{'days':>8}{'entitled':>14}{'change':>13}{'council':>14}{'fund':>13}  {'delivery':>9}")
    before = Decimal(0)
    for name, day in quarter_ends():
        sent = HERE / "deliveries" / name
        records = oc.read_records(contract, sent) if sent.is_dir() else last
        run = oc.run(contract, records, as_of=day, draws=100)
        statement = run.statement
        days = sum(int(row.quantity) for row in run.counted)
        council, fund = (payer.due for payer in statement.payers)
        own = "corrected" if not sent.is_dir() else name
        change = statement.due - before
        print(f"{name:8}{days:>8,}{statement.due:>14,.2f}{change:>13,.2f}{council:>14,.2f}{fund:>13,.2f}  {own:>9}")
        before = statement.due
    print()
    for row in run.counted:
        print(f"{row.segment}: {run.statement.clause(row.clause).rows[0].steps[0].words}")


if __name__ == "__main__":
    main()
