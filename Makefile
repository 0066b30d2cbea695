# make demo    draw phantoms, train a U-Net on them, predict and evaluate; everything in demo/
# make test    style, types and tests
# make lint    style and types alone
# make venv    .venv with everything that development needs, in the versions of requirements-dev.lock
# make package build the package, install it into an empty environment and run it there
# make lock    renew the lock files
# make clean   remove demo/, build/ and caches; .venv, runs/ and data/ stay
#
# Each makes .venv and installs what it needs the first time. Another Python: make test PYTHON=python3.12

PYTHON ?= python3

# Test processes beside each other; each takes up to 5 GiB.
WORKERS ?= 2

# The demonstration: where, how many phantoms, (height width) of the network, how long, and what is predicted after it.
DEMO ?= demo
DEMO_PHANTOMS ?= 140
DEMO_SIZE ?= 96 224
DEMO_EPOCHS ?= 12
DEMO_PICTURES ?= 12
DEMO_PICTURE_SIZE ?= 440 1024

# Run as modules: the scripts in .venv/bin do not start where the path holds spaces.
RUN := .venv/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --quiet
LOCK := $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
  --constraint scripts/lock_constraints.txt \
  --custom-compile-command "make lock"

.PHONY: demo test lint venv lock package clean
.DELETE_ON_ERROR:

demo: $(DEMO)/run/evaluation/report.html $(DEMO)/predictions/predictions.csv
	@echo
	@echo "The demonstration is complete. Look at:"
	@echo "  $(DEMO)/phantoms/images         radiographs that were drawn, never seen by the network"
	@echo "  $(DEMO)/predictions/overlays    what the network finds in them"
	@echo "  $(DEMO)/run/curves.png          how it learnt"
	@echo "  $(DEMO)/run/evaluation/report.html  its scores, best and worst cases"
	@echo "Once more from the start: make clean demo"

test: lint
	$(RUN) -m pytest -n $(WORKERS) --dist loadfile

lint: venv
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

venv: .venv/ready-dev

clean:
	rm -rf demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment -----------------------------------------------------------------------------------------------

.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || { \
	  echo "error: dentalx needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is $$($(PYTHON) --version 2>&1);" \
	    "name another one: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { \
	  echo "error: $(PYTHON) cannot make .venv; install its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; \
	  exit 2; }
	@echo "installing requirements.lock into .venv (some minutes the first time)"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	@echo "installing requirements-dev.lock into .venv"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Newest versions that the lists allow, with hashes, for every Python and system that the package supports.
lock: venv
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock

# Wheel and source distribution, and the wheel installed into an empty environment and run outside the clone.
package: venv
	PYTHON=$(RUN) scripts/check_package.sh build/package

# ---- the demonstration, step by step; an interrupted training goes on where it stopped -------------------------------

$(DEMO)/phantoms/ready: | .venv/ready
	$(RUN) -m dentalx phantoms --output $(DEMO)/phantoms --count $(DEMO_PICTURES) --size $(DEMO_PICTURE_SIZE) --seed 1000
	@touch $@

$(DEMO)/run/saved_model/saved_model.pb: | $(DEMO)/phantoms/ready
	$(RUN) train.py --output $(DEMO)/run --phantoms $(DEMO_PHANTOMS) --image-size $(DEMO_SIZE) --epochs $(DEMO_EPOCHS) \
	  $$(test ! -e $(DEMO)/run/last.weights.h5 || echo --resume)

$(DEMO)/predictions/predictions.csv: | $(DEMO)/run/saved_model/saved_model.pb
	$(RUN) predict.py --run $(DEMO)/run --input $(DEMO)/phantoms/images --output $(DEMO)/predictions

$(DEMO)/run/evaluation/report.html: | $(DEMO)/run/saved_model/saved_model.pb
	$(RUN) evaluate.py --run $(DEMO)/run
