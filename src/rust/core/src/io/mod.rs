//! Placeholder for the room.
