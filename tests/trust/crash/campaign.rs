//! The real binary, killed at random instants over one growing history.
