"""The processes of the live tests, a second time: these tests run beside those."""

from tests.live.conftest import beat, pytest_runtest_makereport, sandbox, services

__all__ = ["beat", "pytest_runtest_makereport", "sandbox", "services"]
