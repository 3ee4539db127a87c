# `make demo` and `make test` set up everything they need: git, make and Python 3.11 or 3.12 are enough.

UV := scripts/uv.sh
EXAMPLE := examples/supported-work
ARGS :=

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint format types check lock clean

help:           ## what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /make \1	/p' Makefile

demo:           ## price the example contract, then the same from Python
	@$(UV) run --no-dev outcomes run $(EXAMPLE) --force
	@$(UV) run --no-dev python $(EXAMPLE)/compare.py

test:           ## the tests, but the slow ones
	@$(UV) run pytest -n auto -m "not slow" $(ARGS)

test-all:       ## all tests
	@$(UV) run pytest $(ARGS)

lint:           ## style
	@$(UV) run ruff check
	@$(UV) run ruff format --check

format:         ## put style right
	@$(UV) run ruff check --fix
	@$(UV) run ruff format

types:          ## mypy, strict
	@$(UV) run mypy

check: lint types test  ## lint, types and test

lock:           ## pin the stack anew after a change of dependencies
	@$(UV) run --no-sync scripts/lock.py

clean:          ## delete what was built
	@rm -rf .venv .tools dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov .coverage
