"""Sphinx builds the documentation from this: ``tox -e docs``. It needs no network."""

from __future__ import annotations

from pytest_aigen import __version__

project = "pytest-aigen"
author = "pytest-aigen contributors"
copyright = "pytest-aigen contributors"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_use_type_comments = False
add_module_names = False

html_theme = "furo"
html_title = "pytest-aigen"
