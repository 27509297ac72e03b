"""Every asset, once. An event on one says that something is there to look at; it proves nothing."""

from __future__ import annotations

from airflow.sdk import Asset

BOOK = Asset(name="arrears_book", uri="x-arrears://lake/books", group="arrears")
ASSESSMENT = Asset(name="arrears_assessment", uri="x-arrears://lake/assessments", group="arrears")
NOTICES = Asset(name="arrears_notices", uri="x-arrears://ledger/notices", group="arrears")
REPORT = Asset(name="arrears_report", uri="x-arrears://bureau/roster/inbox", group="arrears")
FEEDBACK = Asset(name="arrears_feedback", uri="x-arrears://bureau/roster/outbox", group="arrears")
