"""What everything rests on: errors, refs, canonical JSON, templates, files, git, numbers as text."""
