"""What the services tell by themselves: who listens, what there is to tell, and how it is sent."""
