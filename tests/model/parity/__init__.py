"""Our models beside real pydantic v2 ones: `tox -e parity`, or pytest where pydantic is."""
