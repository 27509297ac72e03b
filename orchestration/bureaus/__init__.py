"""What the road of a report asks of each bureau: its records, their checks, its files and its answers."""
