.DEFAULT_GOAL := help
.PHONY: help serve test check lint types layers e2e killloop bench outages harm clients drill replay cov docs guards fuzz watchdogs
NOTE = commit $(shell git describe --always --dirty 2>/dev/null)
PINS := pyproject.toml requirements/install
# One worker more than there are cores: much of a test is waiting.
SPREAD := -n $$(($$(nproc) + 1)) --dist worksteal
.venv/.runtime: requirements/runtime.txt $(PINS)
	requirements/install runtime
.venv/.dev: requirements/dev.txt $(PINS)
	requirements/install dev

help:     ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' Makefile
serve:    .venv/.runtime ## Run the cache; ARGS="--listen …" is passed on
	.venv/bin/seawall serve $(ARGS)
test:     .venv/.dev ## Unit, contract, wire and meta tests, with coverage
	.venv/bin/pytest --cov -m "not long" $(SPREAD)
check:    lint types layers ## Style, types, import contracts
lint:     .venv/.dev ## Style and formatting
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
types:    .venv/.dev ## Static types
	.venv/bin/mypy
layers:   .venv/.dev ## Import contracts
	.venv/bin/lint-imports --no-logo
e2e:      .venv/.dev ## Foreign clients against a running service, and long waits
	tests/e2e/install-clients
	.venv/bin/pytest -m long $(SPREAD)
	.venv/bin/pytest tests/e2e
killloop: .venv/.dev ## 200 pulls, each of them killed somewhere
	SEAWALL_E2E_KILLS=200 .venv/bin/pytest -s tests/e2e/test_killloop.py
guards:   .venv/.dev ## Take each guard out, see its test fail
	.venv/bin/python -m tests.guards
fuzz:     .venv/.dev ## Fuzz the door, Debian's language, limits, checks, packed charts; a minute each
	.venv/bin/python -m tests.fuzz
bench:    .venv/.dev ## Peers side by side; writes docs/benchmarks.md
	.venv/bin/python -m bench $(ARGS)
outages:  .venv/.dev ## Troubles of mirrors side by side; writes docs/archives.md
	tests/e2e/install-clients
	.venv/bin/python -m tests.e2e.outages $(ARGS)
harm:     .venv/.dev ## What a broken Seawall costs; writes docs/harm.md
	tests/e2e/install-clients
	.venv/bin/python -m tests.e2e.harm $(ARGS)
clients:  .venv/.dev ## What clients do, as rendered; writes docs/clients.md
	tests/e2e/install-clients
	.venv/bin/python -m tests.e2e.pointing --section debian $(ARGS)
replay:   .venv/.dev ## Patience against fixed limits; writes docs/patience.md
	.venv/bin/python -m bench.replay $(ARGS)
watchdogs: .venv/.dev ## Clients' watchdogs in real time, a minute of silence each
	SEAWALL_WATCHDOG_SPEED=1 .venv/bin/pytest -s -n0 tests/process/test_watchdogs.py
drill:    .venv/.dev ## Upstreams misbehave, peers side by side; writes docs/drill.md
	tests/e2e/install-clients
	.venv/bin/seawall drill --mix 500 --speed 20 --at-once 6 --page docs/drill.md --note "$(NOTE)"
	.venv/bin/seawall drill --compare --at-once 20 --page docs/drill.md --note "$(NOTE)" $(ARGS)
cov:      .venv/.dev ## Coverage, line by line, as HTML in build/coverage
	.venv/bin/pytest --cov $(SPREAD) --cov-report=html
docs:     .venv/.dev ## Write the generated parts of the documents anew
	.venv/bin/python -m tests.meta.generated
