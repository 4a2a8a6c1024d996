"""The Sessions tab: the form of a plan, the list of sessions, and one of them as it goes on."""
