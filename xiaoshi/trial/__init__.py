"""A policy in virtual time: what was reported, done and ticked, under another policy, beside the one it had."""

ASSUMPTIONS = (
    "What the desk in charge did is done at the same time by whoever holds the matter under the new policy; "
    "a desk the matter has risen to meanwhile accepts it first.",
    "What a desk that was not in charge tried stays that desk's.",
    "An action on a matter whose report joined another goes to that one; "
    "on a matter that only the new policy opens nobody acts.",
    "Intake has decided: reports it refused stay refused.",
)
