//! How well parameters explain the histories of customers.

use std::num::NonZero;
use std::thread;

use argmin::core::{CostFunction, Error};
use libm::{exp, lgamma, log, log1p};

use super::{History, Parameters, weeks};

/// Parameters whose logarithms lie further out than this explain nothing: they are on their way to 0 or infinity.
const FURTHEST: f64 = 12.0;

/// Histories that are added up in one go. Parts are added in their order, whoever adds them up: sums come out the same on
/// any number of processors.
const PART: usize = 65_536;

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
    histories: Vec<(History, u64)>,
    /// The numbers of repeats that there are, ascending.
    pub(super) repeats: Vec<u32>,
    /// The numbers of days that there are, ascending.
    pub(super) days: Vec<u32>,
    pub(super) customers: f64,
}

/// What to look up for a number of repeats x.
#[derive(Debug, Clone, Copy, Default)]
struct OfRepeats {
    rate: f64,
    base: f64,
    left: f64,
}

impl Likelihood {
    /// Takes the histories in their own order, so that sums come out the same whatever order they were read in.
    #[expect(clippy::cast_precision_loss, reason = "customers are counted exactly up to 2^53")]
    pub(super) fn new(mut histories: Vec<(History, u64)>) -> Self {
        histories.sort_unstable();
        Self {
            repeats: distinct(|| histories.iter().map(|(history, _)| history.repeats)),
            days: distinct(|| histories.iter().flat_map(|(history, _)| [history.span_days, history.age_days])),
            customers: histories.iter().map(|(_, customers)| *customers as f64).sum(),
            histories,
        }
    }

    /// In ascending order.
    pub(super) fn histories(&self) -> &[(History, u64)] {
        &self.histories
    }

    /// The mean log-likelihood of a customer.
    ///
    /// That of one is ln Γ(r+x) − ln Γ(r) + r ln α + ln B(a,b+x) − ln B(a,b) and the logarithm of a sum: the customer is
    /// alive, (α+T)^−(r+x), or left after the last purchase, a/(b+x−1) (α+t)^−(r+x). The sum is taken by its larger part,
    /// since either one alone may be smaller than any double.
    #[expect(clippy::cast_precision_loss, reason = "customers are counted exactly up to 2^53")]
    pub(super) fn mean(&self, parameters: &Parameters) -> f64 {
        let of_repeats = self.of_repeats(parameters);
        let of_days = table(&self.days, |days| log(parameters.alpha + weeks(days)));
        let parts = self.in_parts(|part| {
            let mut sum = 0.0;
            for (history, customers) in part {
                let OfRepeats { rate, base, left } = of_repeats[history.repeats as usize];
                let alive = -rate * of_days[history.age_days as usize];
                let left = left - rate * of_days[history.span_days as usize];
                let (larger, smaller) = if alive >= left { (alive, left) } else { (left, alive) };
                sum += *customers as f64 * (base + larger + log1p(exp(smaller - larger)));
            }
            sum
        });
        parts.into_iter().sum::<f64>() / self.customers
    }

    fn of_repeats(&self, parameters: &Parameters) -> Vec<OfRepeats> {
        let Parameters { r, alpha, a, b } = *parameters;
        let whole = r * log(alpha) - lgamma(r) + lgamma(a + b) - lgamma(b);
        table(&self.repeats, |repeats| {
            let x = f64::from(repeats);
            OfRepeats {
                rate: r + x,
                base: whole + lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x),
                left: if repeats > 0 { log(a) - log(b + x - 1.0) } else { f64::NEG_INFINITY },
            }
        })
    }

    /// What `add_up` makes of each part of the histories, in their order.
    pub(super) fn in_parts<T: Send>(&self, add_up: impl Fn(&[(History, u64)]) -> T + Sync) -> Vec<T> {
        let parts: Vec<&[(History, u64)]> = self.histories.chunks(PART).collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(parts.len());
        if threads < 2 {
            return parts.into_iter().map(add_up).collect();
        }
        let add_up = &add_up;
        thread::scope(|scope| {
            let workers: Vec<_> = parts
                .chunks(parts.len().div_ceil(threads))
                .map(|parts| scope.spawn(move || parts.iter().map(|part| add_up(part)).collect::<Vec<T>>()))
                .collect();
            let joined = workers.into_iter().flat_map(|worker| {
                // Adding up does not panic; if it did, so would it here without threads.
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        })
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

/// The distinct values, ascending: ticked off in a list of all, since sorting millions of them takes longer.
fn distinct<I: Iterator<Item = u32>>(values: impl Fn() -> I) -> Vec<u32> {
    let mut is_there = vec![false; values().max().map_or(0, |largest| largest as usize + 1)];
    for value in values() {
        is_there[value as usize] = true;
    }
    (0_u32..).zip(is_there).filter_map(|(value, is_there)| is_there.then_some(value)).collect()
}

/// A list to look values up in by their number; what no value has is the default.
pub(super) fn table<T: Clone + Default>(values: &[u32], of: impl Fn(u32) -> T) -> Vec<T> {
    let mut table = vec![T::default(); values.last().map_or(0, |largest| *largest as usize + 1)];
    for value in values {
        table[*value as usize] = of(*value);
    }
    table
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
    fn parts_come_in_their_order_whoever_adds_them_up() {
        let days = u32::try_from(PART).unwrap();
        let histories = (0..5 * days / 2).map(|age_days| (History { repeats: 0, span_days: 0, age_days }, 1)).collect();
        let firsts = Likelihood::new(histories).in_parts(|part| (part[0].0.age_days, part.len()));
        assert_eq!(firsts, [(0, PART), (days, PART), (2 * days, PART / 2)]);
    }

    #[test]
    fn parameters_on_their_way_to_infinity_cost_more_than_any_other() {
        let likelihood = &Likelihood::new(vec![(History { repeats: 1, span_days: 7, age_days: 14 }, 1)]);
        assert!(likelihood.cost(&vec![0.0, 0.0, 0.0, 12.5]).unwrap().is_infinite());
        assert!(likelihood.cost(&vec![0.0, 0.0, 0.0, 11.5]).unwrap().is_finite());
    }
}
