"""Quotes asked for, granted, verified, taken back; and answers, likes and boosts that wait for consent."""
