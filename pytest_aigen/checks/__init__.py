"""Acceptance checks: reasons to refuse a test, one module each."""
