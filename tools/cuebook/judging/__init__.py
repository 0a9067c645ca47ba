"""Asking a judge, labels of people, and how well the two agree."""
