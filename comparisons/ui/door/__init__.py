"""The door: who asks, from where, for what, and how much of it. Nothing reaches Gradio but through it."""
