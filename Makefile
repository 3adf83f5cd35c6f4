# Crossfade on one machine. Every target sets up what it needs, from nothing but Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv/bin/python
CATALOG ?=
FILMS ?= 2000
RELEASES ?= 3000
ARGS ?=

catalog_args = $(if $(CATALOG),--catalog "$(CATALOG)",--films $(FILMS) --releases $(RELEASES))

.DEFAULT_GOAL := help
.PHONY: help run up test judges lint infra-check clean setup-run setup-test

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run ## one refresh from the APIs to matches: [CATALOG=dir] [FILMS=2000] [RELEASES=3000] [ARGS=--keep]
	@$(VENV) -m local.run $(catalog_args) $(ARGS)

up: setup-run ## the same parts, left running until Ctrl-C; same arguments
	@$(VENV) -m local.up $(catalog_args) $(ARGS)

test: setup-test ## infra-check, then unit, integration and end-to-end tests with branch coverage (90 % at least)
	@$(VENV) -m local.infra_check
	@$(VENV) -m pytest -n 3 --dist loadgroup --no-loadscope-reorder --cov --cov-report=term --cov-fail-under=90 $(ARGS)

judges: setup-test ## software that nobody here wrote (SDKs, parsers, engines) run against our parts, a line each; part of test
	@$(VENV) -m pytest tests/judges $(ARGS)

lint: setup-test ## ruff check, ruff format and mypy
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy

infra-check: setup-test ## what infrastructure/ declares, held to the code without Azure: [ARGS=--quick]
	@$(VENV) -m local.infra_check $(ARGS)

clean: ## removes what set-up, runs and tests left: .venv, .local, caches
	@rm -rf .venv .local .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov spark-warehouse
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@$(PYTHON) -m local.setup run

setup-test:
	@$(PYTHON) -m local.setup test
