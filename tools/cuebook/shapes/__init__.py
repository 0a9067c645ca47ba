"""The shapes that flow: files people write, runs, verdicts, published JSON."""
