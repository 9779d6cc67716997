"""Chaos: a deployment of two workers, PostgreSQL and Redis, each on a machine of its own, in which one
thing after another breaks while a crowd talks; judged by `bench.history`.

    python -m bench.chaos --messages 100000 --faults 350 --seed 1

`machines` makes machines and links of network namespaces, `place` puts a deployment on them, `faults`
says what can break, `run` breaks it and measures, `report` tells. Needs root and iproute2.
"""
