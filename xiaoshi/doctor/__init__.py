"""The doctor: a deployment looked at from outside, without writing anything. Looking and judging are apart.

`bus`, `pages`, `ledger` and `files` look; `on_bus` and `on_services` judge what was seen, a function for each check.
"""
