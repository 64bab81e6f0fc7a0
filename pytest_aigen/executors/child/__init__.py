"""What runs in other processes than the user's session: the warm server, and in its forks the candidates.

A package of its own, so that registering the executors as plugins imports none of it.
"""
