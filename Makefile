# Candor's commands. `make run` and `make test` need Python 3.11 or later, make and pip; they set up the rest.
# Variables are passed on: `make run PORT=9000`, `make test ARGS="tests/consent/ledger -k proof"`.

.PHONY: run test faults bench check lock installed checked
.SILENT:

PY = .venv/bin/python

# Sets everything up, starts it, prints READY; Ctrl-C stops it all.
run: installed
	$(PY) -m portal.embedded run

# Runs the tests against stores of their own, or against those that DATABASE_URL and REDIS_URL name.
test: checked
	$(PY) -m portal.embedded test $(ARGS)

# The long form of the fault tests: a worker killed at every named point of a deletion of a million events. Minutes.
faults: checked
	$(PY) -m portal.embedded test tests/faults $(ARGS)

# The benchmark, peers beside us in the same run: `make bench`, or `make bench ARGS="ledger --json FILE"`. Minutes.
bench: checked
	$(PY) -m portal.embedded bench $(ARGS)

# Format, lint, types, floors, templates, migrations, deployment settings: every one is run, every failure is named.
check: checked
	$(PY) -m portal.embedded check

# Compiles the requirement files anew: `make lock`, or `make lock ARGS=--upgrade`.
lock: checked
	for name in requirements requirements-dev requirements-uv; do \
	  echo "$$name.txt"; \
	  $(PY) -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $(ARGS) \
	    "$$name.in" --output-file "$$name.txt" > /dev/null || exit 1; \
	done

installed:
	$(call install,run)

checked:
	$(call install,check)

# With the environment's own Python where it works, so that the one it was made from may leave PATH; else with the first on
# PATH that is recent enough.
define install
	for python in $(PY) python3.11 python3.12 python3.13 python3.14 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
	    exec "$$python" -I portal/embedded/installation.py $(1); \
	  fi; \
	done; \
	echo "Candor needs Python 3.11 or later on PATH, and found none (it looked for python3.11 to python3.14, and python3)."; \
	exit 1
endef
