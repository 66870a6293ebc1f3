//! Between the queries of the pack: the model is fitted to the histories, and every history gets its forecast.

use crate::engine::{EngineError, Param, Session};

use super::super::pack::Problem;
use super::super::step::Calculation;
use super::fit::fit;
use super::likelihood::Likelihood;
use super::{History, Parameters, Told, weeks};

/// Fewer customers say too little to fit four parameters.
const FEWEST_CUSTOMERS: u64 = 100;

/// How far ahead orders are expected.
const DAYS_AHEAD: u32 = 90;

const FORECASTS: &str = "churn_forecasts";

/// From `churn_histories` to `churn_forecasts`: one row for each distinct history, none where nothing could be fitted.
#[derive(Debug)]
pub(super) struct ChurnForecasts;

impl Calculation for ChurnForecasts {
    fn relation(&self) -> &str {
        FORECASTS
    }

    fn run(&self, session: &Session) -> Result<Option<Problem>, EngineError> {
        prepare(session)?;
        let customers = session.one("SELECT count(*) FROM churn_histories", &[], |row| row.count(0))?;
        if customers < FEWEST_CUSTOMERS {
            let message = format!(
                "p_alive and expected_orders_90d are null for everybody: {customers} customers with orders are too few \
                 to fit the model"
            );
            let hint = format!("export the orders of at least {FEWEST_CUSTOMERS} customers");
            return Ok(Some(Problem::new("attributes.churn", message, hint)));
        }
        let likelihood = Likelihood::new(counted(session)?);
        let Some(parameters) = fit(&likelihood) else {
            let message = "p_alive and expected_orders_90d are null for everybody: no parameters of the model explain these orders";
            let hint = "export the customers' orders from their first one on; of a shop where nobody comes back, or \
                        nobody ever leaves, the model says nothing";
            return Ok(Some(Problem::new("attributes.churn", message, hint)));
        };
        forecast(session, likelihood.histories(), &parameters)?;
        Ok(None)
    }
}

/// Makes room for the forecasts.
pub(super) fn prepare(session: &Session) -> Result<(), EngineError> {
    session.run_script(&format!(
        "CREATE OR REPLACE TEMP TABLE {FORECASTS}
         (repeats BIGINT, span_days BIGINT, age_days BIGINT, p_alive DOUBLE, expected_orders DOUBLE)"
    ))
}

/// The distinct histories, with how many customers share each.
pub(super) fn counted(session: &Session) -> Result<Vec<(History, u64)>, EngineError> {
    // Days and counts are never negative, and a calendar has fewer days than 2^32.
    let whole = |number: i64| u32::try_from(number).unwrap_or_default();
    let mut histories = Vec::new();
    session.each_page(include_str!("counted.sql"), &[], |page| {
        let (repeats, spans) = (page.ints(0)?, page.ints(1)?);
        let (ages, customers) = (page.ints(2)?, page.ints(3)?);
        let days = spans.into_iter().zip(ages);
        for ((repeats, (span, age)), customers) in repeats.into_iter().zip(days).zip(customers) {
            let history = History { repeats: whole(repeats), span_days: whole(span), age_days: whole(age) };
            histories.push((history, u64::try_from(customers).unwrap_or_default()));
        }
        Ok(())
    })?;
    Ok(histories)
}

/// Writes a forecast for every distinct history.
pub(super) fn forecast(
    session: &Session,
    histories: &[(History, u64)],
    parameters: &Parameters,
) -> Result<(), EngineError> {
    let rows = histories.iter().map(|(history, _)| {
        let told = Told::from(*history);
        [
            Param::Int(history.repeats.into()),
            Param::Int(history.span_days.into()),
            Param::Int(history.age_days.into()),
            parameters.p_alive(&told).map_or(Param::Null, Param::Float),
            parameters.expected(&told, weeks(DAYS_AHEAD)).map_or(Param::Null, Param::Float),
        ]
    });
    session.append(FORECASTS, rows)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::{Engine, EngineOptions};

    /// The calibration sample: 2,357 customers who first bought in the first quarter of 1997, over 39 weeks.
    const CALIBRATION: &str = "CREATE TEMP TABLE churn_histories AS
        SELECT customer_id, count(DISTINCT \"date\") - 1 AS repeats,
               CAST(max(\"date\") AS DATE) - CAST(min(\"date\") AS DATE) AS span_days,
               DATE '1997-09-30' - CAST(min(\"date\") AS DATE) AS age_days
        FROM read_parquet('{file}') WHERE \"date\" <= DATE '1997-09-30' GROUP BY customer_id";

    fn on_the_calibration_sample<T: Send + 'static>(
        work: impl FnOnce(&Session) -> Result<T, EngineError> + Send + 'static,
    ) -> T {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let sql = CALIBRATION.replace("{file}", &folder.join("cdnow_sample_orders.parquet").to_string_lossy());
        let options = EngineOptions { readable: vec![folder], threads: Some(2), ..EngineOptions::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let done = runtime.block_on(async {
            let engine = Engine::open(options).await.unwrap();
            engine.run(move |session| session.run_script(&sql).and_then(|()| work(session))).await
        });
        done.unwrap()
    }

    #[test]
    fn the_calibration_sample_gives_the_published_parameters() {
        let fitted = on_the_calibration_sample(|session| Ok(fit(&Likelihood::new(counted(session)?)))).unwrap();
        for (found, published) in [(fitted.r, 0.243), (fitted.alpha, 4.414), (fitted.a, 0.793), (fitted.b, 2.426)] {
            assert!((found / published - 1.0).abs() < 0.01, "{found} instead of {published}");
        }
    }

    #[test]
    fn all_customers_are_fitted_to() {
        let histories = on_the_calibration_sample(counted);
        assert_eq!(histories.iter().map(|(_, customers)| customers).sum::<u64>(), 2_357);
        assert!(histories.is_sorted(), "sorting them anew would cost");
    }

    #[test]
    fn every_history_gets_its_forecast_once() {
        let (warning, histories, forecasts, alive) = on_the_calibration_sample(|session| {
            let warning = ChurnForecasts.run(session)?;
            let count = |sql: &str| session.one(sql, &[], |row| row.count(0));
            let histories =
                count("SELECT count(*) FROM (SELECT DISTINCT repeats, span_days, age_days FROM churn_histories)")?;
            let forecasts = count("SELECT count(expected_orders) FROM churn_forecasts")?;
            Ok((
                warning,
                histories,
                forecasts,
                count("SELECT count(*) FROM churn_forecasts WHERE p_alive IS NULL AND repeats > 0")?,
            ))
        });
        assert_eq!((warning, histories, forecasts, alive), (None, 1_016, 1_016, 0));
    }

    #[test]
    fn too_few_customers_are_told_from_the_run() {
        let warning = on_the_calibration_sample(|session| {
            session.run_script("DELETE FROM churn_histories WHERE customer_id > '0099'")?;
            ChurnForecasts.run(session)
        });
        assert!(warning.unwrap().message.contains("99 customers"));
    }
}
