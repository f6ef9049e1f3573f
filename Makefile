# Two commands matter: `make run` starts Glede at http://localhost:8000, `make test` proves it.
# Everything is installed on first use, outside the checkout, by the lock files (tools/setup).

SHELL := /bin/sh
.SUFFIXES:
.PHONY: help run setup test test-fast check bench prove screenshots lock clean

PYTHON := .venv/bin/python
export GLEDE_NODE_MODULES ?= $(CURDIR)/build/node_modules

# No test talks to another machine.
LOOPBACK := --allow-hosts=127.0.0.1,localhost,::1 --allow-unix-socket
FAST := not browser and not network and not process and not kill and not exhaustive
# One more than the two cores of a small machine, since some mostly wait for processes they killed.
# A file stays on one run: what its tests share (people, a server, a browser) is made once. Files go
# out in the order of conftest.py, the longest first.
SIDE_BY_SIDE := -n 3 --dist loadfile --no-loadscope-reorder

help:
	@echo "make run        start Glede with its demo at http://localhost:8000 (GLEDE_PORT changes it)"
	@echo "make test       every test: browser, real Bluesky servers and kill tests among them"
	@echo "make test-fast  those that need none of these and are soon done; ARGS goes to pytest"
	@echo "make check      ruff, mypy, import contracts, missing migrations"
	@echo "make bench      the figures, one JSON line each"
	@echo "make prove      100,000 random calendars and instants: due times against the minutes themselves"
	@echo "make screenshots  photograph the demo for docs/gallery.md; ARGS names some of them"
	@echo "make lock       lock the Python and npm packages again (UPGRADE=yes takes newer ones)"
	@echo "make clean      remove what was made in this checkout; the shared cache stays"

run:
	@tools/setup run
	@exec .venv/bin/glede run

setup:
	@tools/setup test

test:
	@tools/setup test
	@exec $(PYTHON) -m pytest $(LOOPBACK) $(SIDE_BY_SIDE) $(ARGS)

test-fast:
	@tools/setup check
	@exec $(PYTHON) -m pytest $(LOOPBACK) $(SIDE_BY_SIDE) -m "$(FAST)" $(ARGS)

# makemigrations looks for a database only to compare histories; it must not find this
# machine's running one, so it is pointed at a home that does not exist.
check:
	@tools/setup check
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -c "from importlinter.cli import lint_imports_command as check; check(['--no-logo'])"
	GLEDE_DATABASE_URL= GLEDE_HOME=$(CURDIR)/build/no-home DJANGO_SETTINGS_MODULE=glede.settings \
		$(PYTHON) -W ignore::RuntimeWarning -m django makemigrations --check --dry-run

bench:
	@tools/setup bench
	@exec $(PYTHON) -m bench $(ARGS)

prove:
	@tools/setup check
	@exec env PROVE_EXAMPLES=$(or $(EXAMPLES),100000) $(PYTHON) -m pytest $(LOOPBACK) $(SIDE_BY_SIDE) --timeout=0 -rP \
		tests/policy/test_oracle.py $(ARGS)

screenshots:
	@tools/setup test
	@exec $(PYTHON) -m tools.screenshots $(ARGS)

lock:
	@tools/setup run
	@tools/lock $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
