"""Intake: the ways in.

Consumes `reports.<source>.v1`, what upstream systems send there or through the HTTP door; decides what is a report
and which came before; produces `reports.received.v1`, `reports.contacts.v1` (sealed) and `reports.rejected.v1`. Its
door also writes `residents.actions.v1`, for whoever holds a receipt, and tells how far a report has come.
"""
