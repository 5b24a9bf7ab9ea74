"""Reports: numbers over the facts of the view ``analytics``, and the facts behind each number."""
