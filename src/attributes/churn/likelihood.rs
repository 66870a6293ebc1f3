//! How well parameters explain the histories of customers.

use argmin::core::{CostFunction, Error};
use libm::{exp, lgamma, log, log1p};

use super::{History, Parameters, weeks};

/// Parameters whose logarithms lie further out than this explain nothing: they are on their way to 0 or infinity.
const FURTHEST: f64 = 12.0;

impl Parameters {
    /// The logarithms of r, alpha, a and b: parameters are positive, and are searched for where that needs no guard.
    pub(super) fn from_logarithms(logarithms: &[f64]) -> Option<Self> {
        let inside = logarithms.iter().all(|value| value.abs() <= FURTHEST);
        match *logarithms {
            [r, alpha, a, b] if inside => Some(Self { r: exp(r), alpha: exp(alpha), a: exp(a), b: exp(b) }),
            _ => None,
        }
    }
}

/// Distinct histories, with how many customers share each.
///
/// Log-gammas depend on the number of repeats alone, and logarithms on the days alone: both are few, and are looked up.
#[derive(Debug)]
pub(super) struct Likelihood {
    rows: Vec<Row>,
    repeats: Vec<f64>,
    weeks: Vec<f64>,
    customers: f64,
}

#[derive(Debug)]
struct Row {
    /// Places in the lists of repeats and weeks.
    repeats: usize,
    span: usize,
    age: usize,
    customers: f64,
}

impl Likelihood {
    /// Takes the histories in their own order, so that sums come out the same whatever order they were read in.
    #[expect(clippy::cast_precision_loss, reason = "customers are counted exactly up to 2^53")]
    pub(super) fn new(mut histories: Vec<(History, u64)>) -> Self {
        histories.sort_unstable();
        let repeats = sorted(histories.iter().map(|(history, _)| history.repeats));
        let days = sorted(histories.iter().flat_map(|(history, _)| [history.span_days, history.age_days]));
        // Every value is in its list, which was made of them.
        let place = |list: &[u32], value: u32| list.binary_search(&value).unwrap_or_default();
        let rows: Vec<Row> = histories
            .iter()
            .map(|(history, customers)| Row {
                repeats: place(&repeats, history.repeats),
                span: place(&days, history.span_days),
                age: place(&days, history.age_days),
                customers: *customers as f64,
            })
            .collect();
        Self {
            customers: rows.iter().map(|row| row.customers).sum(),
            rows,
            repeats: repeats.into_iter().map(f64::from).collect(),
            weeks: days.into_iter().map(weeks).collect(),
        }
    }

    /// The mean log-likelihood of a customer.
    ///
    /// That of one is ln Γ(r+x) − ln Γ(r) + r ln α + ln B(a,b+x) − ln B(a,b) and the logarithm of a sum: the customer is
    /// alive, (α+T)^−(r+x), or left after the last purchase, a/(b+x−1) (α+t)^−(r+x). The sum is taken by its larger part,
    /// since either one alone may be smaller than any double.
    pub(super) fn mean(&self, parameters: &Parameters) -> f64 {
        let Parameters { r, alpha, a, b } = *parameters;
        let whole = r * log(alpha) - lgamma(r) + lgamma(a + b) - lgamma(b);
        let of_repeats: Vec<(f64, f64)> = self
            .repeats
            .iter()
            .map(|x| {
                let left = if *x > 0.0 { log(a) - log(b + x - 1.0) } else { f64::NEG_INFINITY };
                (whole + lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x), left)
            })
            .collect();
        let of_weeks: Vec<f64> = self.weeks.iter().map(|weeks| log(alpha + weeks)).collect();
        let mut sum = 0.0;
        for row in &self.rows {
            let (base, left) = of_repeats[row.repeats];
            let rate = r + self.repeats[row.repeats];
            let (alive, left) = (-rate * of_weeks[row.age], left - rate * of_weeks[row.span]);
            let (larger, smaller) = if alive >= left { (alive, left) } else { (left, alive) };
            sum += row.customers * (base + larger + log1p(exp(smaller - larger)));
        }
        sum / self.customers
    }
}

impl CostFunction for &Likelihood {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logarithms: &Vec<f64>) -> Result<f64, Error> {
        let likelihood = Parameters::from_logarithms(logarithms).map_or(f64::NAN, |found| self.mean(&found));
        Ok(if likelihood.is_finite() { -likelihood } else { f64::INFINITY })
    }
}

fn sorted(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: Parameters = Parameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

    fn alone(repeats: u32, span_days: u32, age_days: u32) -> f64 {
        Likelihood::new(vec![(History { repeats, span_days, age_days }, 1)]).mean(&PUBLISHED)
    }

    #[test]
    fn a_customer_who_never_came_back_leaves_one_way_only() {
        // (α / (α + T))^r, after ten weeks
        let expected = 0.243 * (4.414_f64 / 14.414).ln();
        assert!((alone(0, 0, 70) - expected).abs() < 1e-12);
    }

    #[test]
    fn a_history_that_no_double_can_hold_still_has_a_logarithm() {
        let likelihood = alone(5_000, 36_500, 73_000);
        assert!(likelihood.is_finite() && likelihood < -1_000.0, "{likelihood}");
    }

    #[test]
    fn the_order_of_histories_does_not_matter_to_the_bit() {
        let mut histories: Vec<(History, u64)> = (0..500_u32)
            .map(|at| (History { repeats: at % 7, span_days: at % 91, age_days: 91 + at % 100 }, u64::from(at % 5 + 1)))
            .collect();
        let one_way = Likelihood::new(histories.clone()).mean(&PUBLISHED);
        histories.reverse();
        assert_eq!(Likelihood::new(histories).mean(&PUBLISHED).to_bits(), one_way.to_bits());
    }

    #[test]
    fn parameters_on_their_way_to_infinity_cost_more_than_any_other() {
        let likelihood = &Likelihood::new(vec![(History { repeats: 1, span_days: 7, age_days: 14 }, 1)]);
        assert!(likelihood.cost(&vec![0.0, 0.0, 0.0, 12.5]).unwrap().is_infinite());
        assert!(likelihood.cost(&vec![0.0, 0.0, 0.0, 11.5]).unwrap().is_finite());
    }
}
