"""What a node finds out about itself for `coopfed doctor`: inside (database, queues, keys) and from outside, through its public address."""
