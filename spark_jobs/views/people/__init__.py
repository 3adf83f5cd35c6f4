"""Views of people: rankings, castings, and the network of actors."""
