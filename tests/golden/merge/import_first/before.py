#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Tests of the basket.

Two paragraphs.
"""
def test_nothing():
    pass
