"""The bench: every figure side by side with its peers, in one run.

python -m tests.bench [--quick] [--only NAME] [--no-write]
"""
