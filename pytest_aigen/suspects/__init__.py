"""A test that fails on an assertion is evidence about the test or about the code; here it is told which.

``failing`` says what a failing test expected of which call and what it got, ``contracts`` what the source promises,
``recognise`` whether the one contradicts the other. What nothing in the source contradicts is left to the model, which
is asked once. Most failing tests are wrong tests: where a rule is in doubt, there is no suspect.
"""
