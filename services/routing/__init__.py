"""Routing (分流): which matter a report belongs to, and where a new matter goes first.

Consumes reports.received.v1, matters.actions.v1, residents.actions.v1, rules.announced.v1 and clock.ticks.v1; decides
join or open, grade, tier, desk and first deadline; produces matters.events.v1, where it also gives actions, ticks and
what rules their place in the one order of things, and matters.routed.<county>.v1.
"""
