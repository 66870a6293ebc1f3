//! Changes as JSON Lines or CSV in a local folder.
