"""Everything that can fail, failing, under load; afterwards everything acknowledged must be there, once.

``make torture`` runs it long, in rounds that add up; the tests run it short. Seeded: the same seed draws the
same faults in the same order, though they do not strike at the same instruction.
"""
