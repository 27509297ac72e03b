"""A made-up lender and stand-ins for bureau and mail, for the demo and for tests. Nothing imports it."""
