"""A county's day with the truth beside it: what is sent, which reports are one matter, what each answer must be.

`make_day` makes the submissions; `Desks` (or `plan`) acts for desks and residents on what comes back, and `Agenda`
keeps their plans in order for whoever plays them; `score_joins` compares. All of it follows from (county, day, seed,
reports, policy) alone: same arguments, same bytes.
"""
