"""The Providers tab: keys, limits and price lists."""
