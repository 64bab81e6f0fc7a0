"""Small changes to the code under test that a test worth keeping fails with. Text in, records out; runs nothing.

=============  =========================================================================================
``places``     where in a source something may be changed, and what may not be
``operators``  what may stand there instead
``choice``     which of a source's mutants a candidate is tried with
``compiled``   a mutant as code objects, for whoever runs it
=============  =========================================================================================
"""
