"""All that knows GitHub: events, run reports, comments, pull requests, issues."""
