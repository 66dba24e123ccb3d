"""Compares our models with pydantic v2: `tox -e parity`, or pytest if pydantic is installed."""
