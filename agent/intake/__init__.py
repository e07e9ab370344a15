"""See DESIGN: placeholder until the room is written."""
