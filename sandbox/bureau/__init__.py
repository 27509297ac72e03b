"""A stand-in for a credit bureau: an SFTP server with an inbox and an outbox per lender, and the desk behind it.

It shares no code with the sender: it opens, parses and checks by itself, so that what it accepts is right by a second
opinion.

    python -m sandbox.bureau --root var/bureau --port 2222

What it takes and what it answers is written in `desk.py`, its rules in `rules.py`.
"""
