"""What connects the pure parts to Airflow, connections, the clock and each other."""
