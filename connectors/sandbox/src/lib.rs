//! Stateful fakes of the vendors, fault scripts and the conformance suite.
