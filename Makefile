# Every target works from a fresh clone with Python >= 3.11, git and a package index; `make PYTHON=python3.13 test` picks another interpreter.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
TESTS ?=
CASES ?= 100
GIB ?= 10
BIN := $(VENV)/bin
INSTALL := PYTHON='$(PYTHON)' bash requirements/install.sh
MERMAID := npm install --prefix build/mermaid --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel error mermaid@11.4.1
FAMILY_TESTS := $(wildcard tests/test_*families*.py tests/*/test_*families*.py)
FLIGHT_TESTS := tests/adopting/test_suggest.py::test_the_flights_pass_what_they_propose tests/adopting/test_suggest.py::test_flights_with_a_fault_fail_it tests/proofs/test_real_rows.py
SOURCE_TESTS := tests/inputs/test_postgres_servers.py tests/inputs/test_sources.py tests/inputs/test_dialects.py
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.PHONY: help venv demo test end-to-end families servers sources spark container large promotions lint requirements deepchecks agreement verify clean

help: ## show the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'

venv: ## the developers' environment in .venv, reused while the requirements are the same
	@$(INSTALL) '$(VENV)' --editable test

demo: ## four pull requests on this machine, of which one may be merged, and a release that goes back
	@$(INSTALL) build/demo build core
	@PATH="$(CURDIR)/build/demo/bin:$$PATH" build/demo/bin/python examples/demo.py

test: venv ## all tests that need only Python packages
	@PATH="$(CURDIR)/$(BIN):$$PATH" '$(BIN)/python' -m pytest -n $(WORKERS) $(TESTS)

end-to-end: venv ## the real workflows on this machine, and the linters of workflows
	@$(INSTALL) build/end-to-end --bare end_to_end
	@$(INSTALL) build/flights --bare flights
	@if command -v npm > /dev/null && [[ ! -e build/mermaid/node_modules/mermaid/package.json ]]; then $(MERMAID); fi
	@PATH="$(CURDIR)/$(BIN):$(CURDIR)/build/end-to-end/bin:$$PATH" PYTHONPATH=.ci \
	  '$(BIN)/python' -m pytest -p no_skips -n $(WORKERS) tests/end_to_end $(FLIGHT_TESTS)

families: ## the tests with every family of models, which are heavy to install
ifeq ($(FAMILY_TESTS),)
	@echo 'there is no tests/*/test_*families*.py'
else
	@$(INSTALL) build/families --editable test families
	@PATH="$(CURDIR)/build/families/bin:$$PATH" PYTHONPATH=.ci \
	  build/families/bin/python -m pytest -p no_skips --may-skip 'skops itself cannot save it' -n $(WORKERS) $(FAMILY_TESTS)
endif

servers: venv ## the registries on real servers, and what other programs read there
	@$(INSTALL) build/servers --bare servers
	@PATH="$(CURDIR)/$(BIN):$$PATH:$(CURDIR)/build/servers/bin" PYTHONPATH=.ci \
	  '$(BIN)/python' -m pytest -p no_skips --may-skip 'make large' --may-skip 'make container' -n $(WORKERS) --dist loadfile tests/servers

container: venv ## a release as a container: built, started, asked and rolled back (as root, with buildah and debootstrap)
	@PATH="$(CURDIR)/$(BIN):$$PATH:/usr/sbin" MLGATE_CONTAINER=1 PYTHONPATH=.ci \
	  '$(BIN)/python' -m pytest -p no_skips tests/servers/test_container.py

sources: ## tables of a real PostgreSQL server, of stores and of Arrow files
	@$(INSTALL) build/sources --editable test sources
	@PATH="$(CURDIR)/build/sources/bin:$$PATH" PYTHONPATH=.ci \
	  build/sources/bin/python -m pytest -p no_skips -n $(WORKERS) --dist loadfile $(SOURCE_TESTS)

agreement: venv ## the same expectations on 320 generated tables by Great Expectations, pandera and mlgate
	@$(INSTALL) build/agreement --bare agreement
	@PATH="$(CURDIR)/$(BIN):$$PATH" MLGATE_AGREEMENT_PYTHON=build/agreement/bin/python PYTHONPATH=.ci \
	  '$(BIN)/python' -m pytest -p no_skips tests/agreement

deepchecks: venv ## deepchecks' suites in an environment of their own beside the newest libraries
	@PATH="$(CURDIR)/$(BIN):$$PATH" MLGATE_DEEPCHECKS=1 PYTHONPATH=.ci \
	  '$(BIN)/python' -m pytest -p no_skips tests/checks/data/test_deepchecks.py

spark: ## the second engine: a Spark session in the process, and a Connect server on loopback (needs Java 17; CASES=100)
	@$(INSTALL) build/spark --editable test spark
	@PATH="$(CURDIR)/build/spark/bin:$$PATH" MLGATE_SPARK_TABLES=$$(( $(CASES) / 10 )) PYTHONPATH=.ci \
	  build/spark/bin/python -m pytest -p no_skips tests/spark

large: venv ## a model of 10 GiB (GIB=3 for another size) through every backend, in constant memory
	@$(INSTALL) build/servers --bare servers
	@PATH="$(CURDIR)/$(BIN):$$PATH:$(CURDIR)/build/servers/bin" MLGATE_LARGE_GIB=$(GIB) \
	  '$(BIN)/python' -m pytest tests/servers/test_large.py

promotions: venv ## 200 promotions killed at random moments and 40 on each server, and 25 rounds each of 2, 4 and 8 that race
	@$(INSTALL) build/servers --bare servers
	@PATH="$(CURDIR)/$(BIN):$$PATH:$(CURDIR)/build/servers/bin" MLGATE_ROUNDS=200 PYTHONPATH=.ci \
	  '$(BIN)/python' -m pytest -p no_skips tests/promotion/test_at_once.py tests/promotion/test_refusals.py tests/servers/test_releases.py

lint: venv ## style and types
	@'$(BIN)/ruff' check .
	@'$(BIN)/ruff' format --check .
	@'$(BIN)/mypy' src checks reports tests

requirements: ## lock pyproject.toml and requirements/*.in anew (needs uv)
	@$(COMPILE) requirements/build.in -o requirements/build.txt
	@$(COMPILE) pyproject.toml -o requirements/core.txt
	@$(COMPILE) pyproject.toml requirements/build.in requirements/test.in -o requirements/test.txt
	@$(COMPILE) requirements/families.in -o requirements/families.txt
	@$(COMPILE) requirements/end_to_end.in -o requirements/end_to_end.txt
	@$(COMPILE) requirements/servers.in -o requirements/servers.txt
	@$(COMPILE) requirements/sources.in -o requirements/sources.txt
	@$(COMPILE) requirements/deepchecks.in -o requirements/deepchecks.txt
	@$(COMPILE) requirements/agreement.in -o requirements/agreement.txt
	@$(COMPILE) requirements/flights.in -o requirements/flights.txt
	@$(COMPILE) --no-deps requirements/flights_source.in -o requirements/flights_source.txt
	@$(COMPILE) requirements/spark.in -o requirements/spark.txt
	@$(COMPILE) --no-deps requirements/spark_source.in -o requirements/spark_source.txt

verify: lint test end-to-end families servers sources spark deepchecks agreement container large promotions ## all of these

clean: ## remove what the other targets made
	rm -rf '$(VENV)' build dist .mypy_cache .pytest_cache .ruff_cache
