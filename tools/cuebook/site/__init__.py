"""Pages from published JSON, and the checks of what was built."""
