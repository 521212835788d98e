# Everything happens in .venv beside this file. Paths are relative, so that blanks in the folder name do no harm.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed
LINKS := cli.py errors.py reference_frames sampling weighting estimators reporting study examples

.DEFAULT_GOAL := help
.PHONY: help demo test check unit docs lock world clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## Run the Switzerland example into ./demo
	@$(PY) -m citysample demo --out demo

test: check unit ## Run all checks and the whole test suite

check: $(STAMP) ## Lint, formatting and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

unit: $(STAMP) ## Run the tests
	$(PY) -m pytest -q -n 2

docs: $(STAMP) ## Build the documentation into docs/_build
	$(PY) -m sphinx -W -q -b html docs docs/_build

lock: ## Renew requirements.lock with uv
	uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --output-file requirements.lock --upgrade

world: ## Build the world frame again and compare it with the shipped one
	$(PYTHON) -m venv .venv-world
	.venv-world/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement reference_frames/data/build-requirements.txt --editable .
	.venv-world/bin/python -m citysample.reference_frames.world.builder .venv-world/world.zip \
	  --edition 2026.1 --compare reference_frames/data/world.zip

clean: ## Remove the environment and everything that was built
	rm -rf .venv .venv-world build dist demo docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "citysample needs Python 3.11 or later. Name it: make PYTHON=/path/to/python3.11"; exit 2; }
	@for part in $(LINKS); do test -L "src/citysample/$$part" || { \
	  echo "src/citysample/$$part is not a symbolic link. Run: git config core.symlinks true && git checkout -- src"; \
	  exit 2; }; done
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
