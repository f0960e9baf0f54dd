"""One suite over plain HTTP, for a node of one process and for a node of four: whoever asks cannot tell them apart."""
