"""What apps recorded in production, read back."""
