"""The Prices tab: keys, limits and price lists."""
