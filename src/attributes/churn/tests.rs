//! Customers who buy and leave as the model says: whether the fit finds what they were made with, and how long it takes.

use std::time::{Duration, Instant};

use super::Parameters;
use super::calculation::{counted, forecast, prepare};
use super::fit::{fit, search};
use super::likelihood::Likelihood;
use crate::engine::{Engine, EngineError, EngineOptions, Session};

/// What they are made with: rates and chances that SQL can draw by inverting their distribution.
const MADE_WITH: Parameters = Parameters { r: 1.0, alpha: 8.0, a: 1.0, b: 3.0 };

/// Customers of the last three years, before their first purchase after the one that they began with.
const BEGIN: &str = "SELECT setseed(0.5);
    CREATE TEMP TABLE buying AS
    SELECT 0 AS repeats, 0 AS span_days, CAST(floor(random() * 1096) AS INTEGER) AS age_days, 0.0::DOUBLE AS elapsed,
           -ln(1 - random()) / 8 / 7 AS a_day, 1 - power(1 - random(), 1.0 / 3) AS leaves
    FROM range({customers});
    CREATE TEMP TABLE churn_histories (customer_id VARCHAR, repeats INTEGER, span_days INTEGER, age_days INTEGER);";

/// One more purchase of each, as far as it lies in the past; whoever buys no more is done.
const BUY: &str = "CREATE OR REPLACE TEMP TABLE bought AS
    SELECT *, elapsed - ln(1 - random()) / a_day AS next_at, random() >= leaves AS stays FROM buying;
    INSERT INTO churn_histories SELECT '', repeats, span_days, age_days FROM bought WHERE next_at > age_days;
    INSERT INTO churn_histories
    SELECT '', repeats + (floor(next_at) > span_days)::INTEGER, floor(next_at), age_days
    FROM bought WHERE next_at <= age_days AND NOT stays;
    CREATE OR REPLACE TEMP TABLE buying AS
    SELECT repeats + (floor(next_at) > span_days)::INTEGER AS repeats, floor(next_at)::INTEGER AS span_days, age_days,
           next_at AS elapsed, a_day, leaves
    FROM bought WHERE next_at <= age_days AND stays;";

fn simulated<T: Send + 'static>(
    customers: u64,
    work: impl FnOnce(&Session) -> Result<T, EngineError> + Send + 'static,
) -> T {
    // One thread draws the same random numbers every time.
    let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = runtime.block_on(async {
        let engine = Engine::open(options).await.unwrap();
        engine
            .run(move |session| {
                session.run_script(&BEGIN.replace("{customers}", &customers.to_string()))?;
                while session.one("SELECT count(*) FROM buying", &[], |row| row.count(0))? > 0 {
                    session.run_script(BUY)?;
                }
                session.run_script("DROP TABLE bought")?;
                work(session)
            })
            .await
    });
    done.unwrap()
}

fn logarithms(parameters: &Parameters) -> [f64; 4] {
    let Parameters { r, alpha, a, b } = parameters;
    [r, alpha, a, b].map(|parameter| parameter.ln())
}

fn near(found: &Parameters, expected: &Parameters, within: f64) {
    let both = logarithms(found).into_iter().zip(logarithms(expected));
    let furthest = both.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
    assert!(furthest < within, "{found:?} instead of {expected:?}");
}

#[test]
fn what_customers_were_made_with_is_found_by_way_of_the_coarse_histories() {
    let (distinct, found, slow) = simulated(60_000, |session| {
        let likelihood = Likelihood::new(counted(session)?);
        let found = fit(&likelihood).unwrap();
        // The same maximum, without slopes and without anything coarse.
        let (slow, _) = search(&likelihood, &logarithms(&found).map(|at| at + 0.01), 0.1, 1e-13).unwrap();
        Ok((likelihood.histories().len(), found, Parameters::from_logarithms(&slow).unwrap()))
    });
    assert!(distinct > 20_000, "{distinct} are as many as are searched one by one");
    near(&found, &slow, 1e-4);
    near(&found, &MADE_WITH, 0.1);
}

#[test]
#[ignore = "prints figures for docs/performance.md, and takes a while"]
fn how_long_it_takes() {
    let customers = std::env::var("LAPWING_CUSTOMERS").map_or(1_000_000, |number| number.parse().unwrap());
    let timed = |started: Instant| -> Duration { started.elapsed() };
    simulated(customers, move |session| {
        let started = Instant::now();
        let histories = counted(session)?;
        println!("{customers} customers, {} distinct histories, read in {:.1?}", histories.len(), timed(started));
        let started = Instant::now();
        let likelihood = Likelihood::new(histories);
        let found = fit(&likelihood).unwrap();
        println!("fitted in {:.1?}: {found:?}", timed(started));
        let started = Instant::now();
        prepare(session)?;
        forecast(session, likelihood.histories(), &found)?;
        println!("forecast in {:.1?}", timed(started));
        near(&found, &MADE_WITH, 0.05);
        Ok(())
    });
}
