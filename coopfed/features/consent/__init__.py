"""Whether the author of a post agrees to what others do with it: rules, and rows of quotes, policies and what waits. Below posts."""
