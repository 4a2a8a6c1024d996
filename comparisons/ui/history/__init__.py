"""The History tab: the runs of the data folder, and takes of which nobody knows whether they are billed."""
