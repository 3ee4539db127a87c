"""The command line starts without the heavy libraries, so that `outcomes --help` answers at once."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

HEAVY = "pandas numpy scipy statsmodels dowhy econml matplotlib duckdb pyarrow numba sklearn linearmodels diff_diff"
PRINT_HEAVY = f"import sys; print(*[name for name in {HEAVY.split()} if name in sys.modules])"


def heavy_after(statement: str) -> list[str]:
    """The heavy libraries that a fresh interpreter has loaded after `statement`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; {PRINT_HEAVY}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("module", ["outcomes", "outcomes_cli.main"])
def test_no_heavy_library_is_imported_at_the_start(module: str) -> None:
    if find_spec(module) is None:
        pytest.xfail(f"{module} is not written yet")
    assert heavy_after(f"import {module}") == []


def test_the_check_sees_a_heavy_library() -> None:
    assert heavy_after("import numpy") == ["numpy"]
