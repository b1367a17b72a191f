.DEFAULT_GOAL := help
PY      ?= python3.11
BOOT    := .venv-boot
UV      := $(BOOT)/bin/uv
UV_VER  := 0.13.9
BIN     := .venv/bin
export UV_PYTHON_DOWNLOADS := never

help:            ## show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/'

$(UV):
	$(PY) -m venv $(BOOT)
	$(BOOT)/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VER)

# Versions and hashes, no index address: the file may be committed. (uv.lock records addresses.)
requirements.lock: | $(UV)
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --python-version 3.11 --extra dev -o $@ pyproject.toml
	@! grep -nE 'https?://' $@ || { echo '$@ names a host'; exit 1; }

.venv/.stamp: requirements.lock pyproject.toml | $(UV)
	$(UV) venv -q --clear --python $(PY) .venv
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

install: .venv/.stamp   ## make .venv from requirements.lock

# exec, so that stopping make stops the server.
demo: install           ## the whole story on embedded SQLite, then serve it (ARGS=--no-serve to stop there)
	@exec $(BIN)/codi demo $(ARGS)

serve: install          ## serve the editor, the API and one worker
	@exec $(BIN)/codi serve $(ARGS)

test: install           ## run the tests (ARGS=… goes to pytest)
	$(BIN)/python -m pytest $(ARGS)

check: install          ## ruff, mypy --strict, import-linter, docs and settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/docs

bench: install          ## run the benchmarks and print their tables (ARGS=… names them)
	$(BIN)/python -m pytest -s --override-ini addopts="--import-mode=importlib -q" $(or $(ARGS),tests/benchmarks)

soak: install           ## long tests that do not belong in CI
	$(BIN)/python -m pytest --override-ini addopts="--import-mode=importlib -q" --timeout 7200 tests/soak $(ARGS)

wheel: install          ## build the wheel
	$(UV) build -q --wheel

lock: | $(UV)           ## renew requirements.lock
	rm -f requirements.lock && $(MAKE) requirements.lock

clean:                  ## remove what the targets made
	rm -rf .venv $(BOOT) dist .codi

.PHONY: help install demo serve test check bench soak wheel lock clean
