"""Makes safe what strangers send: `cleaner` in the service, all else in a process that may nothing.

What arrives is never decoded in the service. `nursery` is started by it and imports the libraries;
for each file it forks a worker, which gives up every right (`confinement`) before it reads a byte.
"""
