"""What may leave the machine, and how what comes in is shown: secrets, private files, characters that hide."""
