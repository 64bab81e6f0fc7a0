def unidecode(text):
    return text.encode("ascii", "ignore").decode()
