"""Business rules: pure functions from lazy frames to lazy frames. No I/O, no clock, no Airflow; narwhals only."""
