"""How fast and how exact, measured against named references in the same run; never part of the test suite."""
