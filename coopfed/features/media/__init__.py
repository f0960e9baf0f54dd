"""Files that members upload: taken, made fit to be shown by a process of their own, kept in the data folder, served by this node."""
