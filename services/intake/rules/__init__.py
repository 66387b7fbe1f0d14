"""Intake's decisions, each a pure function."""
