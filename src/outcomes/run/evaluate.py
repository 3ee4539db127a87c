"""The whole path in one call: contract and records in, a priced `Run` out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from outcomes import __version__
from outcomes.claims.counts import claim_totals
from outcomes.claims.delivery import decide_delivery
from outcomes.claims.objects import ClaimDecision
from outcomes.claims.register import Register
from outcomes.claims.table import claim_clauses
from outcomes.contract.lint import lint
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Seal
from outcomes.document.canonical import canonical_bytes, sha256_hex
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.payment.curve import payment_curves
from outcomes.payment.evidence import Evidence, evidence
from outcomes.payment.pricing import DRAWS, price
from outcomes.records.objects import Records
from outcomes.run.account import account_of, far_ahead, paid_above
from outcomes.run.cases import run_cases
from outcomes.run.counted import Found, count_from_records, counted_clauses
from outcomes.run.days_before import check_days_before
from outcomes.run.effect_file import FORM, EffectFile
from outcomes.run.measuring import Measured, Progress, measure_effects, quiet
from outcomes.run.not_accepted import not_accepted
from outcomes.run.objects import FileHash, Manifest, PlanRecord, Run

__all__ = [
    "effect_file_of",
    "run",
    "run_from_effects",
    "run_measured",
    "run_register",
]


def run(
    contract: Contract,
    records: Records | None = None,
    as_of: date | None = None,
    seed: int = 1,
    draws: int = DRAWS,
    progress: Progress = quiet,
    seals: dict[str, Seal] | None = None,
) -> Run:
    """One run: evidence, payment, and everything a report needs.

    Parameters
    ----------
    contract : Contract
    records : Records, optional
        Not needed where every plan takes published figures.
    as_of : date, optional
        Day of entitlement; by default the day the data were extracted.
    seed, draws : int
        For the bands only.
    progress : callable
        Told each step in words.
    seals : mapping of plan id to Seal, optional
        Comparisons that were fixed before; another one is an error.

    Raises
    ------
    InputError, Refused, IntegrityError
    """
    measured = measure_effects(contract, records, progress, seals)
    return run_measured(contract, records, measured, as_of, seed, draws, progress)


def run_measured(
    contract: Contract,
    records: Records | None,
    measured: Measured,
    as_of: date | None = None,
    seed: int = 1,
    draws: int = DRAWS,
    progress: Progress = quiet,
    register: Register | None = None,
) -> Run:
    """The second half of `run`: from measured effects and claims to a priced run.

    With a register its claims stand as it has decided them; without one the claims of the
    records are decided here, as a delivery that stands alone.
    """
    decisions = _decide(contract, records, as_of, progress) if register is None else register.decisions()
    totals = claim_totals(contract.terms, decisions)
    counted = _count(contract, records, as_of, progress)
    found = evidence(measured.estimates, totals.counts, counted.counted, totals.profiles, totals.turns)
    progress("pricing")
    made = _priced(contract, records, found, measured.plans, decisions, as_of, seed, draws)
    made = _with_checks(made, counted.checks)
    return made if register is None else _from_register(made, register, records)


def run_register(
    contract: Contract,
    register: Register,
    records: Records | None = None,
    as_of: date | None = None,
    seed: int = 1,
    progress: Progress = quiet,
) -> Run:
    """The run of a claims register, with its account: entitled, paid before, due now.

    Parameters
    ----------
    contract : Contract
    register : Register
        As it stood at the end of `as_of`.
    records : Records, optional
        Needed only where the contract also pays for what is measured.
    as_of : date, optional
        By default the register's last day.
    seed : int
        For bands only.

    Raises
    ------
    InputError, Refused, IntegrityError
    """
    day = as_of or register.last_day
    if day is None:
        message = "the register holds no delivery up to that day."
        raise InputError(Problem("register-empty", contract.terms.id, message, "Decide a delivery first."))
    measured = measure_effects(contract, records, progress)
    progress("pricing")
    return run_measured(contract, records, measured, day, seed, progress=progress, register=register)


def run_from_effects(
    contract: Contract,
    effects: EffectFile,
    records: Records | None = None,
    as_of: date | None = None,
    seed: int = 1,
    draws: int = DRAWS,
    progress: Progress = quiet,
) -> Run:
    """The same run from an effect file: the same effects and law give the same payment."""
    decisions = _decide(contract, records, as_of, progress)
    counted = _count(contract, records, as_of, progress)
    progress("pricing")
    totals = claim_totals(contract.terms, decisions)
    found = Evidence(effects.effects, effects.law, totals.counts, counted.counted, totals.profiles, totals.turns)
    made = _priced(contract, records, found, effects.plans, decisions, as_of or effects.as_of, seed, draws)
    made = _with_checks(made, counted.checks)
    manifest = made.manifest
    if records is None and effects.inputs:
        manifest = replace(manifest, inputs=tuple(sorted({*manifest.inputs, *effects.inputs})))
    route = (*manifest.route, f"effects taken from a file made by {effects.made_by or 'another laboratory'}")
    return replace(made, manifest=replace(manifest, route=route))


def _decide(
    contract: Contract, records: Records | None, as_of: date | None, progress: Progress
) -> tuple[ClaimDecision, ...]:
    clauses = claim_clauses(contract.terms)
    if clauses and records is None:
        message = "the contract pays for claims, and there are no data."
        raise InputError(Problem("data-missing", contract.terms.id, message, "Give the data folder, or its data.yaml."))
    if not clauses or records is None:
        return ()
    progress("deciding claims")
    return decide_delivery(contract, records, as_of or records.as_of).rows


def _count(contract: Contract, records: Records | None, as_of: date | None, progress: Progress) -> Found:
    """Days and people from records, where the contract pays for them."""
    if counted_clauses(contract.terms):
        progress("counting days and people")
    return count_from_records(contract, records, as_of)


def _with_checks(made: Run, checks: tuple[CheckResult, ...]) -> Run:
    return replace(made, checks=tuple(dict.fromkeys((*made.checks, *checks))))


def _priced(
    contract: Contract,
    records: Records | None,
    found: Evidence,
    plans: Iterable[PlanRecord],
    decisions: tuple[ClaimDecision, ...],
    as_of: date | None,
    seed: int,
    draws: int,
) -> Run:
    day = as_of or (records.as_of if records else None)
    if day is None:
        raise InputError(
            Problem(
                "date-missing", contract.terms.id, "no day of entitlement is known.", "Give --as-of YEAR-MONTH-DAY."
            )
        )
    statement = price(contract, found, day, seed, draws)
    plans = tuple(plans)
    checks = (
        *lint(contract),
        *_failing_cases(contract),
        *(records.checks if records else ()),
        *(check for plan in plans for check in plan.checks),
        *(check for effect in found.effects for check in effect.checks),
        *statement.checks,
    )
    return Run(
        manifest=_manifest(contract, records, day, seed, draws, found),
        contract=contract,
        plans=plans,
        effects=found.effects,
        law=found.law,
        counts=found.counts,
        counted=found.counted,
        decisions=decisions,
        statement=statement,
        curves=payment_curves(contract, found, day, seed, draws),
        checks=tuple(dict.fromkeys(checks)),
        not_accepted=not_accepted(contract, statement, found, decisions, seed),
    )


def _from_register(run: Run, register: Register, records: Records | None) -> Run:
    """The run with the register among its inputs, and with its account: what was paid before and is due now."""
    head = FileHash("claims register", *register.basis)
    checks = tuple(check for check in run.checks if check.name != "claims-delivery")
    inputs = tuple(sorted((*run.manifest.inputs, head)))
    run_id = sha256_hex(canonical_bytes({"run": run.manifest.run_id, "register": register.basis}))[:12]
    account = account_of(run.contract, run.statement, register)
    checks += (*far_ahead(register.payments, run.manifest.as_of), *paid_above(account.claims))
    checks += tuple(check_days_before(run, register, records))
    manifest = replace(run.manifest, run_id=run_id, inputs=inputs)
    return replace(run, checks=checks, manifest=manifest, account=account)


def _failing_cases(contract: Contract) -> tuple[CheckResult, ...]:
    """A worked example that does not come out contradicts the contract: not to be paid as it stands."""
    failing = [case for case in run_cases(contract) if not case.passed]
    return tuple(
        CheckResult("worked-example", "fail", f"{case.name}: expected {case.expected}, got {case.got}.", blocking=True)
        for case in failing
    )


def _manifest(
    contract: Contract, records: Records | None, day: date, seed: int, draws: int, found: Evidence
) -> Manifest:
    files = [FileHash(f"contract/{file.name}", file.size, file.sha256) for file in contract.files]
    files += [FileHash(f"data/{file.name}", file.size, file.sha256) for file in (records.files if records else ())]
    inputs = tuple(sorted(files))
    identity = {
        "contract": contract.fingerprint,
        "inputs": inputs,
        "as_of": day,
        "seed": seed,
        "draws": draws,
        "version": __version__,
        "law": found.law,
    }
    run_id = sha256_hex(canonical_bytes(identity, arrays_in_full=True))[:12]
    route = tuple(f"{effect.key}: {effect.design}" for effect in found.effects)
    return Manifest(run_id, contract.terms.id, contract.fingerprint, inputs, day, seed, draws, _versions(), route)


def _versions() -> tuple[tuple[str, str], ...]:
    from importlib.metadata import version

    names = ("numpy", "scipy", "statsmodels", "pandas", "duckdb")
    return (("outcomes", __version__), *((name, version(name)) for name in names))


def effect_file_of(contract: Contract, records: Records | None, measured: Measured) -> EffectFile:
    """The estimates as a file that may leave the place where the data are."""
    found = evidence(measured.estimates)
    files = tuple(FileHash(f"data/{file.name}", file.size, file.sha256) for file in (records.files if records else ()))
    return EffectFile(
        form=FORM,
        contract_fingerprint=contract.fingerprint,
        effects=found.effects,
        law=found.law,
        plans=measured.plans,
        inputs=files,
        made_by=f"outcomes {__version__}",
        as_of=records.as_of if records else None,
    )
