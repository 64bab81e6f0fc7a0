"""What generated tests may do.

===============  =========================================================================================
``enter``        all layers together, as each process of a candidate puts them on
``allowances``   what ``--ai-gen-allow`` grants
``environment``  the environment variables that they see
``seatbelt``     an audit hook that refuses effects outside the process
``rules``        what it decides on each audit event
``events``       the names of those events
``sealed``       copies of modules that candidates cannot reach
``limits``       memory, files, processor time
``kernel``       the same rules below Python: finds out which layers there are
``landlock``     no writing outside the writable folders
``namespace``    a network of the loopback interface alone
``seccomp``      no processes, no signals to others, no changes of the system
``layers``       which of them this machine has
===============  =========================================================================================
"""
