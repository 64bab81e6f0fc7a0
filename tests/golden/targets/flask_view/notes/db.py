class NotFound(LookupError):
    """No note has this number."""


class Store:
    """Notes in memory."""

    def __init__(self):
        self._notes = {}

    def add(self, text, *, tags=()):
        """Keep a note and return its number."""
        number = len(self._notes) + 1
        self._notes[number] = {"id": number, "text": text, "tags": list(tags)}
        return number

    def get(self, number):
        """The note, or NotFound."""
        try:
            return self._notes[number]
        except KeyError:
            raise NotFound(number) from None

    def all(self):
        return list(self._notes.values())
