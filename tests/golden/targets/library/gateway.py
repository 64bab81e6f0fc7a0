"""Stands for an installed library."""


class Timeout(Exception):
    pass


class Parcel:
    def __init__(self, number: str, grams: int, *, insured: bool = False, options: dict = {}) -> None:
        self.number, self.grams, self.insured = number, grams, insured


class Client:
    def __init__(self, url: str, *, token: "str | None" = None, retries: int = 3) -> None: ...


async def close_all() -> None: ...
