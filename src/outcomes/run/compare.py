"""Why do two amounts differ?  Opens both sides and sends them to what compares such a pair."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from outcomes.errors import InputError, Problem
from outcomes.money import MOST_DIGITS, Money, currency_exponent
from outcomes.run.claimed_sheet import read_claimed_sheet
from outcomes.run.compare_runs import reconcile_runs
from outcomes.run.compare_sheet import reconcile_sheet, reconcile_total
from outcomes.run.folder import load_run
from outcomes.run.objects import Run
from outcomes.run.reconciliation import Reconciliation

__all__ = ["compare", "open_side"]

_MONEY = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_LIKE_MONEY = re.compile(r"-?[£$€]?\s*[\d.,]+", re.ASCII)


def compare(a: Run | Decimal | str | Path, b: Run | Decimal | str | Path) -> Reconciliation:
    """The bridge in pounds from A to B, in lines that sum exactly.

    Parameters
    ----------
    a, b : Run, Decimal, str or Path
        A run or its folder; a claimed total (a Decimal, or text such as ``1871540.00``); or a
        spreadsheet (CSV or XLSX) with the columns claim or outcome, and amount.

    Returns
    -------
    Reconciliation

    Raises
    ------
    InputError
        If neither is a run, the contracts or currencies are not the same, or a spreadsheet
        has faults.
    IntegrityError
        If a run folder was changed.

    Examples
    --------
    >>> compare("runs/reboot-west/HASH", "paid.csv").summary()  # doctest: +SKIP
    """
    first, second = open_side(a), open_side(b)
    if isinstance(first, Run) and isinstance(second, Run):
        return reconcile_runs(first, second)
    if isinstance(first, Run):
        return _with_run(first, second, run_first=True)
    if isinstance(second, Run):
        return _with_run(second, first, run_first=False)
    message = "neither side is a run: there is no contract to explain the difference by."
    raise InputError(Problem("no-run", "compare", message, "Give a run folder as A or as B."))


def open_side(side: Run | Decimal | str | Path) -> Run | Decimal | Path:
    """A run loaded, a total as a number, a spreadsheet as its path.

    Raises
    ------
    InputError
        If it is none of them.
    """
    if isinstance(side, Run | Decimal):
        return side
    text, place = str(side), Path(side)
    kind = ""
    with suppress(OSError):  # a long amount is no name that the disk can be asked for
        kind = "folder" if place.is_dir() else "file" if place.is_file() else ""
    if kind == "folder":
        return load_run(place)
    if kind == "file":
        return place
    if _MONEY.fullmatch(text):
        return _total(text)
    if _LIKE_MONEY.fullmatch(text):
        plain = re.sub(r"[£$€,\s]", "", text)
        message = "an amount is written without thousands mark or currency sign."
        raise InputError(Problem("amount-expected", text, message, f'Write "{plain}".'))
    hint = "Give a run folder, a CSV or XLSX file, or an amount such as 1871540.00."
    raise InputError(Problem("side-missing", text, "there is no such folder or file, and it is no amount.", hint))


def _total(text: str) -> Decimal:
    if len(text.lstrip("-").partition(".")[0]) > MOST_DIGITS:
        message = f"the amount has over {MOST_DIGITS} digits before the point."
        raise InputError(Problem("amount-too-large", f"{text[:20]}...", message, "Write what was claimed or paid."))
    return Decimal(text)


def _with_run(run: Run, other: Run | Decimal | Path, run_first: bool) -> Reconciliation:
    decimals = currency_exponent(run.statement.currency)
    if isinstance(other, Path):
        return reconcile_sheet(run, read_claimed_sheet(other, decimals), run_first)
    total = Decimal(str(other))
    if total.as_tuple().exponent != -decimals:
        shown = Money(run.statement.due, run.statement.currency)
        message = f"an amount in {run.statement.currency} is written with {decimals} digits after the point."
        raise InputError(Problem("amount-expected", str(other), message, f"The run's own is {shown}."))
    return reconcile_total(run, total, run_first)
