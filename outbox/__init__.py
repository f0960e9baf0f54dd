"""What we say, and getting it there: addressing, publishing, delivery."""
