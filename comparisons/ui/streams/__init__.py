"""Server-sent events for what people watch, without Gradio. What several people watch is read once for all of them."""
