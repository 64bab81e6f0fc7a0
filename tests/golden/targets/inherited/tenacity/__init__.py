"""Stands for the package, which is larger."""


class RetryCallState:
    """State related to a single call wrapped with Retrying."""
