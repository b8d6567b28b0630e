# make demo   find every planted failure of the example app
# make test   lint, types, layers, and all tests
# Both create what they need below .cache.

PYTHON ?= python3
CACHE  := .cache
BIN    := $(CACHE)/venv/bin
READY  := $(CACHE)/venv/.ready
STACKS := $(CACHE)/stacks/.ready

.PHONY: demo test lint unit integration e2e example bench clean

demo: $(READY)
	$(BIN)/pytest --nodeleak example_app -rP

test: lint unit integration e2e example

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir $(CACHE)/import-linter
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml

unit: $(READY)
	$(BIN)/pytest tests/unit -q

integration: $(READY) $(STACKS)
	$(BIN)/pytest tests/integration -q

e2e: $(READY)
	$(BIN)/pytest tests/e2e -q

# The demo once more, without the reports: its tests are the product's own promise.
example: $(READY)
	$(BIN)/pytest --nodeleak example_app -q

bench: $(READY)
	PYTHONPATH=tests $(BIN)/python -m benchmarks

# The embedded Node is installed as well: used where none is on PATH.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(CACHE)/venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable '.[node]' --group dev
	touch $@

# The apps run beside their packages: ES modules are looked up from the file's own place.
$(STACKS): $(READY) $(wildcard tests/integration/stacks/*)
	mkdir -p $(@D)
	cp -R tests/integration/stacks/. $(@D)
	cd $(@D) && PATH="$$PATH:$(CURDIR)/$(BIN)" npm install --no-package-lock --silent
	touch $@

clean:
	rm -rf $(CACHE) dist
