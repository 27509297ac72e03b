"""The site of the end-to-end tests, for chaos around it."""

from tests.end_to_end.conftest import site  # noqa: F401 -- a fixture is found by its name in the conftest
