"""The History tab: the runs of the data folder, and the uncertain takes."""
