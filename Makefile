.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PY := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null)
# Versions that came out in the last days are left out of the lock: bad releases are mostly found by then.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--exclude-newer "7 days" --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: help setup setup-dev lock docs check test chaos demo up down status bench clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/installed ## make .venv and install the locked dependencies, only when the lock changed

setup-dev: .venv/installed-dev ## the same with the tools for tests and checks

.venv/bin/python:
	@bash .ci/make-venv

.venv/installed: requirements.txt pyproject.toml | .venv/bin/python
	@rm -f .venv/installed .venv/installed-dev
	@bash .ci/install requirements.txt
	@bash .ci/install --project
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt requirements-spark.txt
	@bash .ci/install requirements-dev.txt
	@bash .ci/install requirements-spark.txt
	@touch $@

lock: ## recompile all requirements files from pyproject.toml (needs uv); UPGRADE=1 takes newer versions
	@if [ -z "$(UV)" ]; then echo "make lock needs uv on the PATH" >&2; exit 1; fi
	$(COMPILE) --extra sandbox --output-file requirements.txt pyproject.toml
	for extra in dev spark; do \
		python3 -c 'import sys, tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]]))' $$extra \
			| $(COMPILE) --constraint requirements.txt --output-file requirements-$$extra.txt -; \
	done

docs: setup ## write the pages that are made from the code
	$(PY) docs/generate.py

check: setup-dev ## ruff, ruff format, mypy, and whether the generated pages are current
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	$(PY) docs/generate.py --check

test: setup-dev ## run all tests, with what they need
	@bash .ci/install-debian
	@bash .ci/install-java
	$(PY) -m pytest --numprocesses 2 --dist loadfile

chaos: setup-dev ## kill the hand-over to a bureau at random three hundred times, then Airflow's scheduler; KILLS=1000 SEED=7
	@bash .ci/install-debian
	ARREARS_CHAOS_KILLS=$(or $(KILLS),300) ARREARS_CHAOS_SEED=$(or $(SEED),1000) \
		$(PY) -m pytest tests/chaos/chaos_handover.py tests/chaos/chaos_scheduler.py --capture=no -q

demo: setup ## the whole road on a made-up lender; APPROVE=me waits for your answer in the browser
	@APPROVE="$(APPROVE)" $(PY) -m sandbox.demo

up: setup ## start Airflow, the stand-in bureau and the mail sink for interactive use
	@$(PY) -m sandbox.up

down: ## stop everything that demo or up left running
	@if [ -x $(PY) ]; then $(PY) -m sandbox.down; else echo "nothing was running"; fi

status: setup ## show what runs
	@$(PY) -m sandbox.status

bench: setup-dev ## run the benchmarks, append to var/bench.json
	@$(PY) tests/bench/run.py
	@$(PY) tests/bench/language/labelled.py

clean: down ## stop everything and remove all state; .venv stays
	@rm -rf var .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
