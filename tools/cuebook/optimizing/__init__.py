"""From a version to a better one: what may change, what is refused, how candidates are scored."""
