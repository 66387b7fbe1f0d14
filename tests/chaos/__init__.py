"""Faults on a real cluster of three brokers while a county's days go on; every promise is checked after each.

`python -m tests.chaos` (`make chaos`) prints the table that `docs/chaos.md` keeps. A new fault is one file in
`tests/chaos/faults/`.
"""
