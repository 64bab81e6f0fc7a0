"""What generated tests may do.

===============  =========================================================================================
``environment``  the environment variables that they see
``seatbelt``     an audit hook that refuses effects outside the process
``limits``       memory, files, processor time
===============  =========================================================================================
"""
