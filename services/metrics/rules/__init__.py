"""What an event changes in a matter's facts, and what kind of matter it is: pure."""
