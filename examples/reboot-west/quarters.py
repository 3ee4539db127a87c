"""Three quarters of claims, decided and paid one after the other, up to the published £1,871,540.

Run it from anywhere: ``python examples/reboot-west/quarters.py [FOLDER]`` writes the register
and each quarter's statement into FOLDER, by default a temporary one.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import outcomes as oc

STORY = Path(__file__).parent
QUARTERS = ("2021-Q3", "2021-Q4", "2022-Q1")


def main(folder: Path) -> None:
    """Decide, look at what is in query, state what is due, pay it; three times."""
    contract = oc.load_contract(STORY)
    path = folder / "claims.register"
    print(f"{'quarter':<9}{'rows':>7}{'accepted':>10}{'entitled so far':>18}{'paid before':>15}{'due now':>15}")
    for quarter in QUARTERS:
        known = oc.read_register(path, contract.terms.id, new=True)
        records = oc.read_records(contract, STORY / "deliveries" / quarter)
        delivery = oc.decide_delivery(contract, records, records.as_of, known, quarter)
        oc.write_delivery(path, contract.terms.id, known, delivery)
        if quarter == "2021-Q4":
            accept_the_letter(path, contract, records.as_of)
        register = oc.read_register(path, contract.terms.id)
        run = oc.run_register(contract, register)
        oc.save_run(run, folder / quarter, force=True)
        account = run.account
        accepted = sum(decision.state == "accepted" for decision in run.decisions)
        money = f"{account.entitled:>18,.2f}{account.paid:>15,.2f}{account.due_now:>15,.2f}"
        print(f"{quarter:<9}{len(delivery.rows):>7,}{accepted:>10,}{money}")
        pay(path, contract, run, records.as_of + timedelta(30))


def accept_the_letter(path: Path, contract: oc.Contract, day: date) -> None:
    """A named person accepts the one claim whose evidence is a letter."""
    register = oc.read_register(path, contract.terms.id)
    letters = [key for key, record in register.records.items() if record.claim.evidence == "letter"]
    acts = [oc.Act(key, "accepted", "A. Lee, contract manager", "the letter was seen", day) for key in letters]
    oc.write_act(path, contract.terms.id, register, acts)


def pay(path: Path, contract: oc.Contract, run: oc.Run, day: date) -> None:
    """The payer pays what is due, credits taken off."""
    register = oc.read_register(path, contract.terms.id)
    lines = oc.payments_to_make(run.account, contract.terms.rounding.step)
    made = [oc.Payment(day, payer, claim, amount, f"BACS {day}") for payer, claim, amount in lines]
    oc.write_payments(path, contract.terms.id, register, made, "made up in this script")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made_up:
            main(Path(made_up))
