"""The life of a matter and its clock, as tables and functions of the matter, the policy and the time: pure."""
