# Doors to bin/: the scripts there are what counts.
export PORT ?= 8000
# Without a database server, a command, a film or a browser: less than a minute.
FAST := $(addprefix tests/, domain protocol security services live notify web) $(wildcard tests/test_*.py)

.PHONY: run test fast bench chaos check fix

run: ; @bin/setup run && exec .venv/bin/messenger demo
test: ; @bin/ci
fast: ; @bin/setup && bin/test --numprocesses=auto --dist=loadfile --no-loadscope-reorder -m "not browser and not slow" $(FAST)
bench: ; @bin/setup && bench/run
chaos: ; @bin/setup && bench/chaos/run
check: ; @bin/setup && bin/check
fix: ; @bin/setup && bin/fix
