"""The pytest plugin: options, hooks, early measuring. Imports nothing heavy."""
