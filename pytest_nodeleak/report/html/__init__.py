"""The report of a session as one page of HTML, which needs nothing but itself.

It is a function of the session's record, so that it is the same with and without xdist.
"""
