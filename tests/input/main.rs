//! The promises of exports, engine and attributes, each told as a story over real files in a folder of its own.
#![allow(missing_docs, reason = "a test's name says what it is about")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test, a panic is the report")]

mod activity;
mod checks;
mod churn;
mod custom;
mod cycle;
mod faults;
mod formats;
mod golden;
mod laws;
mod limits;
mod mappings;
mod portable;
mod pressure;
mod promo;
mod recommend;
mod recommend_quality;
mod rfm;
mod safety;
mod shop;
mod support;
