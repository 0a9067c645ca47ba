"""The JSON for apps, and the data branch that keeps evidence."""
