"""The public names: all there, typed, lazily loaded, and `run` both a room and a function."""

import sys
from importlib.util import find_spec

import pytest

import outcomes as oc

NOT_YET = {"plot"} if find_spec("outcomes.figures.plot") is None else set()


@pytest.mark.parametrize("name", sorted(set(oc.__all__) - NOT_YET))
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(oc, name) is not None
    assert name in dir(oc)


def test_the_table_and_the_list_of_names_agree() -> None:
    assert set(oc.__all__) == {*oc._HOME, "run", "__version__"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        oc.nonsense  # noqa: B018


def test_run_can_be_called_also_after_its_room_was_imported() -> None:
    import outcomes.run.objects

    assert callable(oc.run)
    assert oc.run is sys.modules["outcomes.run"]
    assert oc.run.objects is outcomes.run.objects  # type: ignore[attr-defined]
