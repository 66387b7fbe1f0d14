"""Metrics: consumes the journal (matters.events.v1) and what others observed (indicators.observed.v1), decides what
each indicator counts, produces /metrics, /history and /days.

A lane folds its counties' events into counters and keeps them in metrics.state.v1, so that every event counts
once and every figure can be computed again from the journal and is equal.
"""
