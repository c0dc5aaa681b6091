"""What is known of the world outside: hosts, images, programs; tables, with sources."""
