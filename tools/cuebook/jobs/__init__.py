"""Whole jobs on one checkout: evaluate, measure judges, promote, nightly, run all."""
