"""From a plan to a verdict: what to compare, asking both versions, deciding."""
