"""Pictures and files of others, copied when somebody first looks at them, and served by this node: readers' apps ask nobody else."""
