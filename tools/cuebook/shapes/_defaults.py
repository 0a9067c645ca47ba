"""What the gate takes where a suite says nothing."""

MARGIN = 0.05
"""The largest loss accepted of a metric, in score points on [0, 1]: hardly noticed by a reader."""
ERROR = 0.05
"""How often either side may be wrong."""
LEAST_KAPPA = 0.4
"""The lower bound of a judge's agreement with people below which nothing should rest on it: what a new suite
is told to ask for, and what a judge that no suite evaluates is promoted on."""
MAX_STEPS = 8
"""Rounds of calls within one turn of a dialogue; then the turn has ended."""
