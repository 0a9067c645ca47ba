"""Reading prompts, suites and settings, and comparing versions."""
