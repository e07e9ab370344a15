# `make` lists the targets. Everything runs from a bare Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# Not Q itself: a command-line variable overrides and would be expanded a second time.
export RUNG_Q := $(value Q)
# One thread per process: on busy cores more threads make a query many times slower.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup ask fmt lint types test eval report bench fit docs check clean
help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "rung needs Python 3.11 or newer; try make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "no venv module: install python3-venv"; exit 1; }
	@echo "installing into .venv; the first time takes a few minutes" >&2
	@$(BIN)/python -m pip install -q -c constraints.txt -e ".[ingest,model,mcp,slack,memo,dev]"
	@$(BIN)/python -m compileall -q agent $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') >/dev/null 2>&1 || true
	@touch $@

setup: $(STAMP) ## install everything into .venv

ask: $(STAMP) ## answer a question: make ask Q="your case or question"
	@test -n "$$RUNG_Q" || { echo 'usage: make ask Q="your case or question"'; exit 2; }
	@$(BIN)/rung ask -- "$$RUNG_Q"

fmt: $(STAMP) ## format the code
	@$(BIN)/ruff format agent eval tests && $(BIN)/ruff check --fix -q agent eval tests

lint: $(STAMP) ## check style, imports and spelling
	@$(BIN)/ruff format --check -q agent eval tests
	@$(BIN)/ruff check -q agent eval tests
	@$(BIN)/lint-imports
	@$(BIN)/codespell agent corpus eval tests README.md CHANGELOG.md Makefile
	@$(BIN)/rung rules lint

types: $(STAMP) ## check types
	@$(BIN)/mypy

test: $(STAMP) ## run the test suite on two cores
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

eval: $(STAMP) ## print the quality figures on the labelled cases
	@$(BIN)/python -m eval

report: $(STAMP) ## write the committed quality figures as one HTML page, build/report.html
	@$(BIN)/python -m eval report

bench: $(STAMP) ## print the speed figures, each beside a peer
	@$(BIN)/python -m eval.bench

fit: $(STAMP) ## refit what is trained, from the data in the repository
	@$(BIN)/python -m eval.fit_cues
	@$(BIN)/python -m eval.fit_encoder & beside=$$!; $(BIN)/python -m eval.fit_gist && wait $$beside
	@$(BIN)/python -m eval.fit_intake
	@$(BIN)/python -m eval.fit_turns
	@$(BIN)/python -m eval.fit_coverage

docs: $(STAMP) ## write the JSON schemas and the coverage of the rules anew
	@$(BIN)/python -m agent.entrypoints.schemas
	@$(BIN)/python -m eval.coverage

check: lint types test ## what CI runs

clean: ## remove the environment and caches
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
