# Everything on a machine that has Python (3.11 or newer) and make:
#   make run     evolve champions on the real core; the result is in runs/demo
#   make test    the tests
#   make check   style, types, tests, and some tests again with the compiled code interpreted
#   make bench   the benchmarks

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test check lint interpreted bench clean

run: $(VENV)/installed
	$(BIN)/redqueen evolve --preset quick --name demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto

check: lint test interpreted

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

interpreted: $(VENV)/installed-dev
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests/mars/test_kernel.py tests/mars/test_cli.py

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/evolve.py
	$(BIN)/python benchmarks/llm.py
	$(BIN)/python benchmarks/executors.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "expected Python 3.11 or newer: got $$($(PYTHON) --version); set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
