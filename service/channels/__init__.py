"""Meta: signatures, what each channel delivers, and sending. The only place that knows its shapes."""
