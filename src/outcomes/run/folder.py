"""The run folder: everything about a run on disk, each part labelled by who may see it.

::

    runs/ID/HASH/
      files.json           every file with its hash and who may see it            (parties)
      manifest.json        inputs by hash, versions, options, the route taken     (parties)
      run.json             effects, law, statement, checks; no person-level value (parties)
      contract/            the contract as it was when it ran                     (parties)
      tables/              amounts and effects as CSV and Parquet                 (parties)
      parties/             the statement, the summary, the provider's own claims  (parties)
      figures/             pictures with their data                               (parties)
      private/             weights and sets under pseudonyms                      (evaluator)
      public/              what passed disclosure control; nothing yet            (anyone)

A folder is written beside its place and then renamed, so that nothing is half-written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from outcomes.claims.objects import ClaimCount, ClaimDecision
from outcomes.contract.load import load_contract
from outcomes.counterfactual.joint_law import JointLaw
from outcomes.counterfactual.objects import Effect
from outcomes.document.canonical import canonical_bytes, plain
from outcomes.document.decode import decode, read_json
from outcomes.errors import InputError, IntegrityError, Problem
from outcomes.findings import CheckResult
from outcomes.payment.evidence import Counted
from outcomes.payment.statement import PaymentCurve, PaymentStatement
from outcomes.run.account import Account
from outcomes.run.not_accepted import NotAccepted
from outcomes.run.objects import Acceptance, Manifest, PlanRecord, Run
from outcomes.run.writing import verify_folder, write_folder, write_into

__all__ = ["canonical", "load_run", "run_folder", "save_acceptance", "save_run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Saved:
    """What ``run.json`` holds."""

    manifest: Manifest
    plans: tuple[PlanRecord, ...]
    effects: tuple[Effect, ...]
    law: JointLaw | None
    counts: tuple[ClaimCount, ...]
    statement: PaymentStatement
    curves: tuple[PaymentCurve, ...]
    checks: tuple[CheckResult, ...]
    not_accepted: tuple[NotAccepted, ...] = ()
    counted: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class _Decisions:
    """What ``parties/decisions.json`` holds: the provider's own claims."""

    decisions: tuple[ClaimDecision, ...]


@dataclass(frozen=True, slots=True)
class _Acceptances:
    """What ``acceptances.json`` holds."""

    acceptances: tuple[Acceptance, ...]


def canonical(run: Run) -> bytes:
    """The run as canonical bytes: equal for a run and for the same run loaded from its folder."""
    everything = {
        "saved": _saved(run),
        "decisions": run.decisions,
        "account": run.account,
        "acceptances": run.acceptances,
        "contract": run.contract.fingerprint,
        "files": [(file.name, file.sha256) for file in run.contract.files],
    }
    return canonical_bytes(everything, arrays_in_full=True)


def _saved(run: Run) -> _Saved:
    return _Saved(
        run.manifest,
        run.plans,
        run.effects,
        run.law,
        run.counts,
        run.statement,
        run.curves,
        run.checks,
        run.not_accepted,
        run.counted,
    )


def run_folder(run: Run, out: Path | None = None) -> Path:
    """Where a run goes: ``out``, or ``runs/ID/HASH`` under the working folder."""
    return out if out is not None else Path("runs") / run.manifest.contract / run.manifest.run_id


def save_run(run: Run, folder: Path, extra: Sequence[tuple[str, bytes]] = (), force: bool = False) -> bool:
    """Writes the run; True when written, False when the same run was there already.

    Parameters
    ----------
    folder : Path
    extra : sequence of (name, bytes)
        Further files, such as rendered reports, by their place in the folder.
    force : bool
        Replace what is there.

    Raises
    ------
    InputError
        If something else is there and `force` is False.
    EnvironmentFailure
        If the disk refuses.
    """
    if folder.exists() and not force:
        if (folder / "run.json").is_file() and canonical(replace(load_run(folder), acceptances=())) == canonical(run):
            return False
        raise InputError(
            Problem(
                "already-there",
                str(folder),
                "something else is here already.",
                "Use --force to replace it, or another --out.",
            )
        )
    write_folder(folder, [*_files(run), *extra], force=True)
    return True


def _files(run: Run) -> Iterable[tuple[str, bytes]]:
    from outcomes.run.tables import tables_of

    yield "run.json", _readable(_saved(run))
    yield "manifest.json", _readable(run.manifest)
    for file in run.contract.files:
        yield f"contract/{file.name}", file.data
    if run.decisions:
        yield "parties/decisions.json", _readable(_Decisions(run.decisions))
    if run.account:
        yield "parties/account.json", _readable(run.account)
    if run.acceptances:
        yield "acceptances.json", _readable(_Acceptances(run.acceptances))
    yield from tables_of(run)
    yield "public/README.txt", b"Nothing has been released for publication from this run.\n"


def _readable(value: object) -> bytes:
    text = json.dumps(plain(value, arrays_in_full=True), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def load_run(folder: str | Path) -> Run:
    """The run in a folder, with the contract as it was then.

    Raises
    ------
    InputError
        If there is no run here.
    IntegrityError
        If a file of the folder was changed, removed or added, or its contract is not the one
        that ran.
    """
    place = Path(folder)
    if not (place / "run.json").is_file():
        raise InputError(
            Problem(
                "run-missing", str(folder), "there is no run.json here.", "Name a run folder, such as runs/ID/HASH."
            )
        )
    verify_folder(place)
    saved = decode(read_json(place / "run.json", "run.json"), _Saved, "run.json")
    contract = load_contract(place / "contract")
    if contract.fingerprint != saved.manifest.contract_fingerprint:
        message = "the contract in this run folder is not the one that ran: its terms were changed."
        raise IntegrityError(
            Problem("contract-changed", f"{place.name}/contract", message, "Restore the folder, or run again.")
        )
    decisions = _optional(place / "parties" / "decisions.json", _Decisions)
    acceptances = _optional(place / "acceptances.json", _Acceptances)
    return Run(
        manifest=saved.manifest,
        contract=contract,
        plans=saved.plans,
        effects=saved.effects,
        law=saved.law,
        counts=saved.counts,
        decisions=decisions.decisions if decisions else (),
        statement=saved.statement,
        curves=saved.curves,
        checks=saved.checks,
        counted=saved.counted,
        acceptances=acceptances.acceptances if acceptances else (),
        not_accepted=saved.not_accepted,
        account=_optional(place / "parties" / "account.json", Account),
    )


def _optional(path: Path, kind: type[T]) -> T | None:
    return decode(read_json(path, path.name), kind, path.name) if path.is_file() else None


def save_acceptance(folder: Path, acceptance: Acceptance) -> Run:
    """Adds an acceptance to a run folder and gives the run with it.

    Raises
    ------
    InputError
        If the run has no such blocking finding.
    """
    run = load_run(folder)
    blocking = [check.name for check in run.checks if check.blocks]
    if acceptance.finding not in blocking:
        known = ", ".join(dict.fromkeys(blocking)) or "none"
        message = f'"{acceptance.finding}" is not a blocking finding of this run; those are: {known}.'
        raise InputError(Problem("finding-unknown", str(folder), message))
    accepted = replace(run, acceptances=(*run.acceptances, acceptance))
    write_into(folder, [("acceptances.json", _readable(_Acceptances(accepted.acceptances)))])
    return accepted
