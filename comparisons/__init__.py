"""What we do with what the providers say: run, record, measure, show.

``playground`` is the way in; the command line and the page each hold one.
"""
