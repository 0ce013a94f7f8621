# Everything that is done with this repository, one command each. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AIRBYTE_VENV := .venv-airbyte
AIRBYTE_READY := $(AIRBYTE_VENV)/.ready
PIP_INSTALL := install -qq --disable-pip-version-check --no-input
CODE := $(wildcard source_destination_mailchimp unit_tests integration_tests demo benchmarks examples tools)
# What stands before and behind the images' names in connectors/*/metadata.yaml: make images REGISTRY=registry.example.com/team
REGISTRY ?=
TAG ?= dev
export IMAGE_REGISTRY := $(REGISTRY)
export IMAGE_TAG := $(TAG)
WORKERS ?= 2
STORIES ?= 1000
PYTEST = $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "not image_tests"
# What unit tests are measured for is in the destination; COVERAGE=whole measures every test and the whole package.
COVERAGE ?= rooms
ifeq ($(COVERAGE),whole)
UNIT_COVERAGE = --cov=source_destination_mailchimp
INTEGRATION_COVERAGE = --cov=source_destination_mailchimp --cov-append --cov-report=json:.coverage-whole.json
else
UNIT_COVERAGE = --cov=source_destination_mailchimp/destination
endif

# A Python that the connectors' libraries support and that can make virtual environments.
define FIND_PYTHON
for name in $${PYTHON:-} python3.11 python3.12 python3.13 python3; do \
  if "$$name" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; \
  then echo "$$name"; exit 0; fi; \
done; \
echo "Python 3.11, 3.12 or 3.13 with its venv module is needed, and none was found on this machine." >&2; \
echo "Debian and Ubuntu: apt-get install python3 python3-venv. Another place: make PYTHON=/path/to/python3.11" >&2; \
exit 1
endef
export PYTHON

##@ Use it
.PHONY: help
help: ## List these commands.
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

.PHONY: setup
setup: $(READY) ## Install the connectors, the sandbox and the tools into .venv, from the lock.

.PHONY: setup-airbyte
setup-airbyte: $(AIRBYTE_READY) ## Install what the examples need, with the connectors, into .venv-airbyte; and source-faker.

.PHONY: demo
demo: $(READY) ## Sync 10,000 generated contacts to the sandbox, twice; ARGS=--stay keeps it for a browser.
	@$(BIN)/python -m demo $(ARGS)

.PHONY: sandbox
sandbox: $(READY) ## Start the local Mailchimp on port 8185, with an audience "Customers"; options go into ARGS="--latency-ms 50".
	@$(BIN)/mailchimp-sandbox --seed examples/sandbox/customers.json $(ARGS)

##@ Change it
.PHONY: test
test: check test-pythons test-unit test-integration ## Format, lint, types and every test; ends with pytest's summary.

.PHONY: test-unit
test-unit: $(READY) ## The unit tests, and how many branches of the rules and of the loop they take.
	@echo "· unit tests, $(WORKERS) at a time"
	@$(PYTEST) $(UNIT_COVERAGE) --cov-report=json:.coverage-rooms.json unit_tests
	@$(BIN)/python -m tools.floors rooms .coverage-rooms.json

.PHONY: test-integration
test-integration: $(AIRBYTE_READY) ## The tests that open a socket or a process.
	@echo "· integration tests, $(WORKERS) at a time"
	@$(PYTEST) $(INTEGRATION_COVERAGE) integration_tests

.PHONY: images
images: $(READY) ## Build both images, named by REGISTRY= and TAG=; installs podman (Debian, as root) where no container engine is.
	@$(BIN)/python -m tools.images

.PHONY: test-images
test-images: $(AIRBYTE_READY) images ## Run both images as containerised sync jobs do, and the CDK's tests of images.
	@echo "· tests of the images"
	@$(BIN)/python -m pytest -q -m image_tests integration_tests/images

.PHONY: publish
publish: $(READY) ## Build both images on Airbyte's base image and push them: REGISTRY=registry.example.com/team.
	@$(BIN)/python -m tools.images.publish

.PHONY: test-pythons
test-pythons: $(READY) ## Unit tests, stories and a sync of each connector on the other Pythons that are found.
	@$(BIN)/python -m tools.pythons $(WORKERS)

.PHONY: coverage
coverage: $(READY) ## How much of the package `make test COVERAGE=whole` ran through, held against the floor.
	@$(BIN)/python -m tools.floors package .coverage-whole.json

.PHONY: check
check: $(READY) ## Format, lint and types only.
	@echo "· format"
	@$(BIN)/ruff format --quiet --check . || { echo "Run: make format"; exit 1; }
	@echo "· lint"
	@$(BIN)/ruff check --quiet .
	@echo "· types"
	@$(BIN)/mypy --no-error-summary $(CODE)

.PHONY: format
format: $(READY) ## Format the code and fix what the linter can fix.
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

.PHONY: docs
docs: $(READY) ## Write again what is generated: both spec.json files and the documents made from tables.
	@$(BIN)/python -m tools.docs
	@$(BIN)/python -m tools.sandbox_docs
	@$(BIN)/python -m tools.name_tables

.PHONY: lock
lock: $(READY) ## Write the locks in requirements/ after setup.py changed; ARGS=--upgrade takes newer releases.
	@$(BIN)/python -m tools.lock $(ARGS)

.PHONY: form
form: $(READY) ## Draw the destination's and the source's form as pictures in .form/ (needs node and chromium).
	@$(BIN)/python -m tools.form

.PHONY: promises
promises: $(READY) ## Play STORIES=1000 random stories of people, marketers, syncs and faults against the promises (20 min).
	@MAILCHIMP_PROMISES=$(STORIES) $(BIN)/python -m pytest -q integration_tests/destination/test_promises.py

.PHONY: chaos
chaos: $(READY) ## Play every fault at every call of both connectors, once, three times, one in ten and for ever (an hour).
	@MAILCHIMP_CHAOS=all MAILCHIMP_FAULTS=all $(PYTEST) integration_tests/chaos integration_tests/source/test_fault_table.py

.PHONY: dbt-package
dbt-package: $(AIRBYTE_READY) ## Run fivetran/mailchimp, a checkout with its dbt_packages in PACKAGE=path, over the dbt project.
	@[ -f "$(PACKAGE)/dbt_project.yml" ] || { echo "Say where the package is: make dbt-package PACKAGE=path" >&2; exit 1; }
	@MAILCHIMP_DBT_PACKAGE="$(realpath $(PACKAGE))" $(BIN)/python -m pytest -q -n 0 integration_tests/test_dbt.py -k package_itself

.PHONY: bench
bench: $(READY) ## Measure the budgets beside their baselines (10 min, idle machine); ARGS=all measures more, ARGS="cpu tags" these.
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: clean
clean: ## Remove everything that these commands made, .venv included.
	@rm -rf $(VENV) .venv-* .demo .form .containers .coverage* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tools/form/node_modules

$(AIRBYTE_READY): requirements/examples.txt $(READY)
	@echo "· PyAirbyte, DuckDB, Dagster and source-faker, for the examples and the tests with real clients (about two minutes the first time)"
	@[ -x $(AIRBYTE_VENV)/bin/python ] || $(BIN)/python -m venv $(AIRBYTE_VENV)
	@$(AIRBYTE_VENV)/bin/python -m pip $(PIP_INSTALL) --require-hashes --requirement requirements/examples.txt
	@$(AIRBYTE_VENV)/bin/python -m pip $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m demo.faker
	@touch $@

$(READY): setup.py pyproject.toml requirements/development.txt
	@python=$$($(FIND_PYTHON)); \
	if ! [ -x $(BIN)/python ]; then \
	  echo "· $(VENV) with $$("$$python" --version)"; "$$python" -m venv $(VENV); \
	fi
	@echo "· libraries (about a minute the first time)"
	@$(BIN)/python -m pip $(PIP_INSTALL) --require-hashes --requirement requirements/development.txt
	@$(BIN)/python -m pip $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
