"""What is not set up: this machine, the repository, GitHub."""
