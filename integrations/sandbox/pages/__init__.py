"""Plain pages on which a person sees and changes what the services hold."""
