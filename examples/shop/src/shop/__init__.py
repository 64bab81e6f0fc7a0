"""A small shop: prices, stock, orders."""
