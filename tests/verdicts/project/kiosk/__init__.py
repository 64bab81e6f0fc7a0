"""A small shop: what the candidates of the corpus are about."""

from kiosk.cart import Cart

__all__ = ["Cart"]
