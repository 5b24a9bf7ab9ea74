# `make` alone lists what can be done. Needed are Python 3.11 or newer and make: the rest is installed into .venv and
# .tools. The embedded PostgreSQL is a wheel that brings all its libraries but the C library and zlib.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

ARGS ?=
PYTEST := .venv/bin/pytest -q -n 2 --dist loadscope
SOURCES := $(wildcard domain projections service tests bench)

##@ Use

.PHONY: help setup run sandbox migrate doctor
help: ## List these targets
	@echo "Usage: make TARGET [ARGS='…'] [PYTHON=/path/to/python3]"
	@awk -F ':.*## ' \
	  '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

setup: .venv/.synced ## Install the locked dependencies into .venv, and nothing else

run: setup postgres-user ## Set up and serve on http://127.0.0.1:8787
	@.venv/bin/onethread serve $(ARGS)

sandbox: setup ## Run the stand-ins for OpenAI and Meta alone
	@.venv/bin/onethread sandbox $(ARGS)

migrate: setup postgres-user ## Bring the database to the current schema
	@.venv/bin/onethread migrate $(ARGS)

doctor: setup postgres-user ## Say what is wrong with this installation and how to mend it
	@.venv/bin/onethread doctor $(ARGS)

##@ Develop

.PHONY: test check fuzz fmt clean
test: setup postgres-user ## Run every test; ARGS='-k thread -n 0' goes to pytest
	@$(PYTEST) $(ARGS)

check: setup ## Format, lint, types, contracts, file sizes, lock and unit tests; changes nothing
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/mypy
	.venv/bin/lint-imports
	@find $(SOURCES) -name '*.py' -exec awk \
	  'FNR == 401 { print FILENAME ": more than 400 lines"; long = 1 } END { exit long }' {} +
	scripts/uv lock --check
	$(PYTEST) tests -m "not database and not processes and not servers and not exhaustive"

fuzz: setup postgres-user ## Feed bad input for ten minutes; ARGS='delivery --seconds 60 --seed 2'
	@.venv/bin/python -m tests.fuzz $(ARGS)

fmt: setup ## Format the code and mend what the linter can mend
	.venv/bin/ruff check --fix $(SOURCES)
	.venv/bin/ruff format $(SOURCES)

clean: ## Remove .venv, .tools and caches; never the data in .onethread
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Measure

.PHONY: bench torture drill
bench: setup postgres-user ## Measure speed, as ratios to a baseline in the same run
	@.venv/bin/python -m bench $(ARGS)

torture: setup postgres-user ## Kill processes and the database under load and count what was lost or doubled
	@.venv/bin/python -m bench.torture $(ARGS)

drill: setup postgres-user ## Copy a service under load, lose it, bring it back, and say what holds
	@.venv/bin/python -m bench.drill $(ARGS)

.venv/.synced: uv.lock pyproject.toml scripts/uv
	@scripts/uv sync --locked
	@touch $@

# PostgreSQL refuses to run as root. The wheel then runs it as the user pgserver, which it adds without a lock, so that
# processes starting together would collide: the user is added here, before any of them starts.
.PHONY: postgres-user
postgres-user:
	@[ "$$(id -u)" != 0 ] || [ -n "$$ONETHREAD_DATABASE_URL" ] || id pgserver >/dev/null 2>&1 || { \
	  command -v useradd >/dev/null || { \
	    echo "error: PostgreSQL does not run as root, and there is no useradd to add a user for it." >&2; \
	    echo "Run as an ordinary user, or install useradd (Debian: apt-get install passwd; it is in /usr/sbin)," >&2; \
	    echo "or set ONETHREAD_DATABASE_URL to a PostgreSQL server." >&2; \
	    exit 1; \
	  }; \
	  useradd --system --no-create-home --shell /usr/sbin/nologin pgserver; \
	}
