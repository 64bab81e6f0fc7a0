"""Finds what no test covers, and writes the tests."""
