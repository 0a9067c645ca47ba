"""What can go wrong with a run besides a failing step.

A failing step is a result. The errors here stop the test instead, so that a test which expects a failure
cannot pass because the runner does not know something.
"""

from __future__ import annotations


class Unsupported(Exception):
    """The workflow asks for an action, a route or a feature that has no stand-in here."""


class InvalidWorkflow(Exception):
    """GitHub would not start this workflow; the message lists what its parser says."""


class StepFailed(Exception):
    """A stand-in action fails its step with this message."""
