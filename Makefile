# Crossfade on one machine. Every target sets up what it needs, from nothing but Python 3.11 to 3.13.
PYTHON ?= python3
VENV := .venv/bin/python
CATALOG ?=
FILMS ?= 2000
RELEASES ?= 3000
MONGO ?=
FEED ?=
FRESH ?=
PART ?= *
ARGS ?=

catalog_args = $(if $(CATALOG),--catalog "$(CATALOG)",--films $(FILMS) --releases $(RELEASES)) $(if $(MONGO),--mongo) $(if $(FEED),--feed)
tested_whole := -m pytest -n 3 --dist loadgroup --no-loadscope-reorder --cov --cov-report=term --cov-fail-under=90

unexport PYTHONDONTWRITEBYTECODE # as containers have it: each of some hundred processes would compile the project anew

.DEFAULT_GOAL := help
.PHONY: help run up check test test-all fuzz judges lint infra-check bundle-check clean setup-run setup-test pins \
	format types coverage logs health inventory notebook docs ruff formatted imports typed unit

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run ## one refresh from the APIs to matches: [CATALOG=dir] [FILMS=2000] [RELEASES=3000] [MONGO=1] [FEED=1] [ARGS=--keep]
	@$(VENV) -m local.run $(catalog_args) $(ARGS)

up: setup-run ## the same parts on the lake of last time, left running until Ctrl-C: [FRESH=1 begins anew], same arguments
	@$(VENV) -m local.up $(catalog_args) $(if $(FRESH),--fresh) $(ARGS)

logs: ## what the parts of make run and make up say, as they say it: [PART=host]
	@tail -n 20 -F .local/logs/$(PART).log

health: setup-run ## whether all parts of make up answer; with CROSSFADE_KEY, the key it printed, what the app says too
	@$(VENV) -m local.console.health $(ARGS)

inventory: setup-run ## what lies in the lake of make run or make up: by container, table and run, with sizes
	@$(VENV) -m local.inventory $(ARGS)

notebook: setup-run ## JupyterLab on the lake of the last make run or make up: [ARGS=--no-browser]
	@$(VENV) -m pip install --quiet -r requirements-notebook.txt
	@$(VENV) -m jupyterlab $(ARGS) notebooks

check: setup-test ## lint and unit tests, side by side, for the minute between two edits: [ARGS=-k name]
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target unit ruff formatted imports typed

test: setup-test ## unit, integration and end-to-end tests with branch coverage (90 % at least), but the slow ones
	@$(VENV) $(tested_whole) -m "not slow" $(ARGS)

test-all: setup-test ## make test and the slow tests: hosts killed, outages, storms of faults, three computes on real records
	@$(VENV) $(tested_whole) $(ARGS)

fuzz: setup-test ## the API against its OpenAPI document, 50 examples an operation: [ARGS=-x]
	@API_EXAMPLES=50 $(VENV) -m pytest tests/e2e/test_api_fuzz.py $(ARGS)

judges: setup-test ## software that nobody here wrote (SDKs, parsers, engines) run against our parts, a line each; part of test
	@$(VENV) -m pytest tests/judges $(ARGS)

lint: setup-test ## ruff check, ruff format, the import rules of .importlinter, and mypy
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target typed ruff formatted imports

format: setup-test ## the code as ruff writes it: fixes what it can, then formats
	@$(VENV) -m ruff check --fix-only .
	@$(VENV) -m ruff format .

types: setup-test ## mypy alone, strict: [ARGS=path]
	@$(VENV) -m mypy $(ARGS)

coverage: setup-test ## which lines and branches the last make test reached, as pages: htmlcov/index.html
	@$(VENV) -m coverage html $(ARGS)

docs: setup-test ## the documents and lists that are made of code; a test holds each to it
	@$(VENV) -m spark_jobs.document docs/tables.md docs/contract.odcs.yaml
	@$(VENV) -m local.settings_page > docs/settings.md
	@$(VENV) -m local.infra_check --write
	@$(VENV) -m local.grafana > infrastructure/grafana-dashboard.json
	@$(VENV) -m local.servicebus.official > local/official/Config.json

infra-check: setup-test ## what infrastructure/ declares, held to the code without Azure: [ARGS=--quick]
	@$(VENV) -m local.infra_check $(ARGS)

bundle-check: setup-run ## the bundle deployed twice, run and destroyed by the databricks CLI on the PATH; skipped without one
	@$(VENV) -m local.bundle_check

pins: setup-test ## requirements.txt, every package of the function app, compiled from requirements.in
	@$(VENV) -m uv pip compile --quiet --universal --python-version 3.11 \
		--custom-compile-command "make pins" $(ARGS) requirements.in --output-file requirements.txt

clean: ## removes what set-up, runs and tests left: .venv, .local, caches
	@rm -rf .venv .local .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov spark-warehouse
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@$(PYTHON) -m local.setup run

setup-test:
	@$(PYTHON) -m local.setup test

ruff:
	@$(VENV) -m ruff check .

formatted:
	@$(VENV) -m ruff format --check .

imports:
	@$(dir $(VENV))lint-imports

typed:
	@$(VENV) -m mypy

unit:
	@# Without the plugin that no unit test uses, and that each of three processes would import for half a second.
	@$(VENV) -m pytest tests/unit -q -n 2 -p no:schemathesis --hypothesis-profile=check $(ARGS)
