"""What the gate takes where a suite says nothing."""

MARGIN = 0.05
"""The largest loss accepted of a metric, in score points on [0, 1]: hardly noticed by a reader."""
ERROR = 0.05
"""How often either side may be wrong."""
