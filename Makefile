# Everything a developer or a first visitor calls. `make` alone lists it.
# ARGS goes to the program behind a target: make demo ARGS="--once", make test ARGS="tests/unit -x".

ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install demo up test test-long bench paired check types hooks format docs guide wheel sbom lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

install: ## make .venv from requirements.lock; instant when it is up to date
	@sh .ci/venv

demo: install ## play a whole season on an embedded database, then stay up
	@$(BIN)/canbao demo $(ARGS)

up: install ## run everything in one process
	@$(BIN)/canbao up $(ARGS)

# Each process of the tests has a PostgreSQL of its own (and a Kafka, if it is asked for one); a file stays whole.
# Two of them leave a fifth of two cores idle: each waits for its database, its browser or its broker.
WORKERS ?= $(shell test $$(getconf _NPROCESSORS_ONLN) -lt 3 && echo 3 || echo 4)
# Who waited in vain for a broker or a browser on a busy machine may try once more; the end names whoever did.
test: install ## run all tests, three or four processes; the end says how long each kind took
	.ci/in-memory $(BIN)/pytest -q --durations=15 -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--reruns 1 --only-rerun TimeoutError $(ARGS)

LONGER ?= 10
test-long: install ## random lives, seasons with kills, odd requests and examples: ten times as many as CI has, for a night
	CANBAO_TEST_LONGER=$(LONGER) CANBAO_FUZZ_EXAMPLES=$$((5 * $(LONGER))) .ci/in-memory $(BIN)/pytest -q \
		--durations=15 -n auto --maxprocesses 4 --dist loadfile --timeout 3600 tests/e2e/test_simulate.py tests/e2e/test_season.py \
		tests/e2e/test_schemathesis.py tests/e2e/test_network.py tests/e2e/test_console*.py tests/unit $(ARGS)

bench: install ## measure instead of testing
	for bench in assess bus import intake evening progress rows season match debits console; do echo "== $$bench"; $(BIN)/python tests/bench/bench_$$bench.py || exit 1; done

paired: install ## compare a benchmark with another checkout: make paired ARGS="../before assess"
	@$(BIN)/python tests/bench/paired.py $(ARGS)

check: install ## lint, format, who may import whom, what is unsafe, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --cache-dir .import_linter_cache
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive libs services canbao deploy
	$(BIN)/mypy

types: install ## only the types
	$(BIN)/mypy $(ARGS)

hooks: install ## have git check what is committed: ruff, imports; types before a push
	$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

format: install ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install ## write the generated documents: OpenAPI, AsyncAPI, event schemas, problem types
	@$(BIN)/python -m canbao.documents

guide: install ## take the pictures of docs/guide anew, in a Chromium, from a demo season
	CANBAO_GUIDE=write $(BIN)/pytest -q -n0 tests/e2e/test_console_roles.py tests/e2e/test_console_others.py \
		tests/e2e/test_console_endings.py $(ARGS)

wheel: install ## build dist/canbao-*.whl, policies included
	$(BIN)/python -m build --wheel --no-isolation

SBOM ?= dist/canbao.cdx.json
sbom: install ## write the software bill of materials (CycloneDX) of everything in requirements.lock
	@mkdir -p $(dir $(SBOM))
	$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --of JSON --output-file $(SBOM)

lock: install ## pin every dependency anew, with hashes, for all Pythons we support
	@command -v uv >/dev/null || test -x $(BIN)/uv || { echo "make lock needs uv: $(BIN)/pip install uv"; exit 1; }
	PATH="$(BIN):$$PATH" uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet $(ARGS) --output-file requirements.lock

clean: ## remove what was installed and cached here; data directories stay
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache build dist *.egg-info \
		tests/clients/typescript/node_modules
