def normal(word):
    """Words that count as the same."""
    return word.strip().casefold().replace("-", "_")
