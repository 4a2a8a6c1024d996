"""Runs requests at the providers, records what happens, measures it and shows it.

Begin with ``playground``: the command line and the page each make one.
"""
