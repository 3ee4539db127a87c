"""Payment by results: a contract and some records go in; a payment with a band, and the reasons, come out.

The names below are what a user needs; each is loaded when it is first asked for, so that
``import outcomes`` costs nothing.  Everything else is inside the rooms (see ARCHITECTURE.md).

    import outcomes as oc

    contract = oc.load_contract("examples/supported-work")
    records = oc.read_records(contract, "examples/supported-work/data.yaml")
    run = oc.run(contract, records, as_of=..., seed=1)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outcomes.band import Band
    from outcomes.claims.acts import Act
    from outcomes.claims.delivery import decide_delivery
    from outcomes.claims.entries import read_register, write_act, write_delivery, write_payments
    from outcomes.claims.register import Payment, Register
    from outcomes.cohort.objects import Cohort
    from outcomes.contract.load import Contract, load_contract
    from outcomes.contract.plan import EvaluationPlan, InferenceTerms, MatchTerms, WeightTerms
    from outcomes.counterfactual.match import design_comparison as match
    from outcomes.counterfactual.objects import Comparison, Effect, Estimate
    from outcomes.errors import (
        EnvironmentFailure,
        ExitStatus,
        InputError,
        IntegrityError,
        OutcomesError,
        Problem,
        Refused,
    )
    from outcomes.findings import CheckResult
    from outcomes.money import Money, Rounding
    from outcomes.payment.evidence import Evidence, evidence
    from outcomes.payment.pricing import price
    from outcomes.payment.statement import PaymentStatement
    from outcomes.records.objects import Records
    from outcomes.run.compare import compare
    from outcomes.run.evaluate import run, run_register
    from outcomes.run.folder import load_run, save_run
    from outcomes.run.objects import Run
    from outcomes.run.reconciliation import Reconciliation
    from outcomes.run.steps import estimate, observe, read_records, select_cohort
    from outcomes.run.to_pay import payments_to_make
    from outcomes.units import Quantity

    def plot(result: object) -> Any: ...

    __version__: str

_HOME = {
    "Act": "claims.acts",
    "Payment": "claims.register",
    "Register": "claims.register",
    "decide_delivery": "claims.delivery",
    "payments_to_make": "run.to_pay",
    "read_register": "claims.entries",
    "run_register": "run.evaluate",
    "write_act": "claims.entries",
    "write_delivery": "claims.entries",
    "write_payments": "claims.entries",
    "Band": "band",
    "CheckResult": "findings",
    "Cohort": "cohort.objects",
    "Comparison": "counterfactual.objects",
    "Contract": "contract.load",
    "Effect": "counterfactual.objects",
    "EnvironmentFailure": "errors",
    "Estimate": "counterfactual.objects",
    "EvaluationPlan": "contract.plan",
    "Evidence": "payment.evidence",
    "ExitStatus": "errors",
    "InputError": "errors",
    "IntegrityError": "errors",
    "Money": "money",
    "OutcomesError": "errors",
    "PaymentStatement": "payment.statement",
    "Problem": "errors",
    "Records": "records.objects",
    "Refused": "errors",
    "Rounding": "money",
    "Run": "run.objects",
    "Quantity": "units",
    "WeightTerms": "contract.plan",
    "MatchTerms": "contract.plan",
    "InferenceTerms": "contract.plan",
    "Reconciliation": "run.reconciliation",
    "compare": "run.compare",
    "estimate": "run.steps",
    "evidence": "payment.evidence",
    "load_contract": "contract.load",
    "load_run": "run.folder",
    "match": "counterfactual.match:design_comparison",
    "observe": "run.steps",
    "plot": "figures.plot",
    "price": "payment.pricing",
    "read_records": "run.steps",
    "save_run": "run.folder",
    "select_cohort": "run.steps",
}
"""Where each public name lives; after a colon, what it is called there."""

__all__ = [  # noqa: RUF022 - the table's names, then the two that are not in it
    "Act",
    "Payment",
    "Register",
    "decide_delivery",
    "payments_to_make",
    "read_register",
    "run_register",
    "write_act",
    "write_delivery",
    "write_payments",
    "Band",
    "CheckResult",
    "Cohort",
    "Comparison",
    "Contract",
    "Effect",
    "EnvironmentFailure",
    "Estimate",
    "EvaluationPlan",
    "Evidence",
    "ExitStatus",
    "InputError",
    "IntegrityError",
    "Money",
    "OutcomesError",
    "PaymentStatement",
    "Problem",
    "Records",
    "Refused",
    "Rounding",
    "Run",
    "Quantity",
    "WeightTerms",
    "MatchTerms",
    "InferenceTerms",
    "Reconciliation",
    "compare",
    "estimate",
    "evidence",
    "load_contract",
    "load_run",
    "match",
    "observe",
    "plot",
    "price",
    "read_records",
    "save_run",
    "select_cohort",
    "run",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("outcomes")
    if name == "run":  # the room itself, which can be called (see run/__init__.py)
        return import_module("outcomes.run")
    if name not in _HOME:
        raise AttributeError(f"module 'outcomes' has no attribute {name!r}")
    module, _, there = _HOME[name].partition(":")
    value = getattr(import_module(f"outcomes.{module}"), there or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
