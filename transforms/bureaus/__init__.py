"""How a case becomes a bureau's records. One module a bureau."""
