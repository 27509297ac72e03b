"""What must hold before data go on: Great Expectations suites, derived from the contracts, and the one runner.

Only outcomes of rules, names of columns and their types are validated: no personal data come here. Great Expectations
takes seconds to import, so what callers use, `datasets.validate_dataset` and `records.validate_records`, imports it
when it runs.
"""
