"""The clients that ours is measured against; they live in the bench's environment only."""
