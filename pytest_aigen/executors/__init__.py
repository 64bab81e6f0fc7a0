"""Where candidates run: in forks of a warm pytest session, or in a fresh interpreter each.

==============  ==========================================================================================
``auto``        forks where that is safe, else fresh interpreters
``forkserver``  a warm server for each hash seed, a fork per job
``spawn``       a fresh interpreter per job: Windows, and sessions that hold threads
``launch``      starts the processes of ``child``
``answer``      what a process sent -> `Run`
``wire``        frames between the processes
``child``       all that runs there
==============  ==========================================================================================
"""
