"""Hands parcels over."""

import gateway
from gateway import Client, Parcel

LIGHT = 500


class Refused(Exception):
    def __init__(self, number, reason):
        super().__init__(f"{number}: {reason}")
        self.reason = reason


def dispatch(client: Client, number: str, grams: int, *, tries: int = 2) -> str:
    """Hand a parcel over; its tracking code."""
    if grams <= 0:
        raise Refused(number, "no weight")
    parcel = Parcel(number, grams, insured=grams > LIGHT)
    for attempt in range(tries):
        try:
            return client.send(parcel).code
        except gateway.Timeout:
            if attempt == tries - 1:
                raise Refused(number, "timeout") from None
    raise Refused(number, "not tried")
