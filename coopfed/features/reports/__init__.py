"""Complaints about actors and their posts: from our members, and from other servers about ours."""
