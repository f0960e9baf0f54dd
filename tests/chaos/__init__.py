"""Ten nodes of ours in a network that loses, doubles, delays and cuts off; what they hold afterwards is equal."""
