"""People who use this node: accounts, how they prove who they are, how they come in, what they may do as which actor."""
