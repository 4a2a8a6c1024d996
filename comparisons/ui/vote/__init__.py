"""The Vote tab: blind ballots, and the leaderboard."""
