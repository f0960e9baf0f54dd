"""Memberships that both sides attest, and what a third node may believe of them."""
