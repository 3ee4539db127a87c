"""Effect files from anywhere: the same payment, and nothing that contradicts itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from outcomes.contract.load import Contract, load_contract
from outcomes.errors import InputError
from outcomes.run.effect_file import read_effect_file, write_effect_file
from outcomes.run.evaluate import effect_file_of, run, run_from_effects
from outcomes.run.folder import canonical, load_run, save_run
from outcomes.run.measuring import measure_effects
from outcomes.run.steps import read_records

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(ROOT / "examples/supported-work")


@pytest.fixture(scope="module")
def written(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    records = read_records(contract, ROOT / "examples/supported-work")
    path = tmp_path_factory.mktemp("effects") / "effect.json"
    write_effect_file(path, effect_file_of(contract, records, measure_effects(contract, records)))
    return path


def test_the_payment_is_that_of_the_direct_run(contract: Contract, written: Path) -> None:
    records = read_records(contract, ROOT / "examples/supported-work")
    direct = run(contract, records)
    through = run_from_effects(contract, read_effect_file(written, contract), as_of=records.as_of)
    assert through.statement == direct.statement


def test_writing_again_gives_the_same_bytes(contract: Contract, written: Path, tmp_path: Path) -> None:
    write_effect_file(tmp_path / "again.json", read_effect_file(written, contract))
    assert (tmp_path / "again.json").read_bytes() == written.read_bytes()


def _changed(written: Path, tmp_path: Path, change: Any) -> Path:
    value = json.loads(written.read_text(encoding="utf-8"))
    change(value)
    path = tmp_path / "effect.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


FAULTS = {
    "another contract": (lambda v: v.update(contract_fingerprint="0" * 64), "contract-other"),
    "another form": (lambda v: v.update(form="outcomes effect file 2"), "not-as-documented"),
    "an unknown key": (lambda v: v.update(people=[1]), "people"),
    "a missing key": (lambda v: v.pop("effects"), '"effects" is missing'),
    "a confidence below nothing": (lambda v: v["effects"][0].update(confidence="-5"), "between 0 and 1"),
    "no law": (lambda v: v.update(law=None), "law-missing"),
    "a smaller variance": (lambda v: v["law"]["covariance"][0].__setitem__(0, 1.0), "law-shape"),
    "another standard error": (lambda v: v["effects"][0].update(standard_error="1"), "standard error"),
    "another level": (lambda v: v["law"]["treated_mean"].__setitem__(0, "9999"), "levels"),
    "a variance denied": (lambda v: v["effects"][0].update(variance={"reason": "none"}), "do not agree"),
    "a level that is no number": (lambda v: v["effects"][0].update(treated_level="six"), "treated_level"),
    "a level as a float": (lambda v: v["effects"][0].update(treated_level=6349.14), "as text"),
    "a ragged matrix": (lambda v: v["law"]["covariance"].pop(), "law-shape"),
    "the same effect twice": (lambda v: v["effects"].append(v["effects"][0]), "effect-twice"),
    "no freedom": (lambda v: v["law"].update(degrees_of_freedom=[0.0]), "degrees of freedom"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_contradicts_itself_is_refused(
    contract: Contract, written: Path, tmp_path: Path, fault: str
) -> None:
    change, words = FAULTS[fault]
    with pytest.raises(InputError) as caught:
        read_effect_file(_changed(written, tmp_path, change), contract)
    assert words in str(caught.value)


def test_text_that_is_not_json(contract: Contract, tmp_path: Path) -> None:
    for text in ("", "{", '{"a": NaN}', "[" * 100_000):
        (tmp_path / "effect.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"not-json|not-as-documented"):
            read_effect_file(tmp_path / "effect.json", contract)


@pytest.mark.parametrize("story", ["examples/supported-work", "examples/reboot-west"])
def test_a_loaded_run_has_the_same_bytes(story: str, tmp_path: Path) -> None:
    contract = load_contract(ROOT / story)
    made = run(contract, read_records(contract, ROOT / story))
    assert save_run(made, tmp_path / "run")
    assert canonical(load_run(tmp_path / "run")) == canonical(made)
    assert not save_run(made, tmp_path / "run")
