"""Model calls under limits, retries and ceilings, and the store of replies."""
