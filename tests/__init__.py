"""Tests mirror the package; `cast` holds the people they are about."""
