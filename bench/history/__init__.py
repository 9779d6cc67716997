"""A history checker: people who write through dropped sockets and restarts, and a judge of what they saw.

`record` says what can be seen, `check` judges it, `client` and `crowd` make it happen.
"""
