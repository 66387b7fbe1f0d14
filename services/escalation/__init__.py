"""Escalation (提级): the life of a matter and its clock.

Consumes matters.events.v1; decides what an action does to a matter and what happens at a limit; produces the rest
of each matter's history on matters.events.v1 and matters.routed.<county>.v1. Beside that lane it sends the ticks
and keeps the ledger (台账), a projection of the same journal.
"""
