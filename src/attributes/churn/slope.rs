//! How fast the likelihood rises with each parameter.

use libm::{exp, log};

use super::likelihood::{Likelihood, table};
use super::{Parameters, weeks};

/// What to look up for a number of repeats x. Differences of digammas are sums, since x is a whole number:
/// ψ(r+x) − ψ(r) = 1/r + 1/(r+1) + … + 1/(r+x−1).
#[derive(Debug, Clone, Copy, Default)]
struct OfRepeats {
    rate: f64,
    left: f64,
    /// 1 / (b+x−1), and 0 for who cannot have left.
    after: f64,
    of_r: f64,
    of_b: f64,
    of_a_and_b: f64,
}

/// What to look up for a number of days: the logarithm of α + t, and 1 / (α + t).
#[derive(Debug, Clone, Copy, Default)]
struct OfDays {
    log: f64,
    inverse: f64,
}

impl Likelihood {
    /// The slopes of the mean log-likelihood of a customer, along the logarithms of r, alpha, a and b.
    ///
    /// The derivatives of what [`Likelihood::mean`] adds up, with w, the part that having left has in the sum of both ways:
    /// along r, ψ(r+x) − ψ(r) + ln α − (1−w) ln(α+T) − w ln(α+t);
    /// along α, r/α − (r+x) ((1−w)/(α+T) + w/(α+t));
    /// along a, ψ(a+b) − ψ(a+b+x) + w/a;
    /// along b, ψ(a+b) − ψ(a+b+x) + ψ(b+x) − ψ(b) − w/(b+x−1).
    #[expect(clippy::cast_precision_loss, reason = "customers are counted exactly up to 2^53")]
    pub(super) fn slopes(&self, parameters: &Parameters) -> [f64; 4] {
        let Parameters { r, alpha, a, b } = *parameters;
        let of_repeats = self.of_repeats_for_slopes(parameters);
        let of_days = table(&self.days, |days| {
            let sum = alpha + weeks(days);
            OfDays { log: log(sum), inverse: 1.0 / sum }
        });
        let parts = self.in_parts(|part| {
            let mut slopes = [0.0; 4];
            for (history, customers) in part {
                let x = of_repeats[history.repeats as usize];
                let (age, span) = (of_days[history.age_days as usize], of_days[history.span_days as usize]);
                let left = 1.0 / (1.0 + exp(x.rate * (span.log - age.log) - x.left));
                let alive = 1.0 - left;
                let customers = *customers as f64;
                slopes[0] += customers * (x.of_r - alive * age.log - left * span.log);
                slopes[1] -= customers * x.rate * (alive * age.inverse + left * span.inverse);
                slopes[2] += customers * (left / a - x.of_a_and_b);
                slopes[3] += customers * (x.of_b - x.of_a_and_b - left * x.after);
            }
            slopes
        });
        let mut slopes = [0.0; 4];
        for part in parts {
            for (sum, slope) in slopes.iter_mut().zip(part) {
                *sum += slope;
            }
        }
        let [of_r, of_alpha, of_a, of_b] = slopes.map(|sum| sum / self.customers);
        [r * (of_r + log(alpha)), alpha * of_alpha + r, a * of_a, b * of_b]
    }

    fn of_repeats_for_slopes(&self, parameters: &Parameters) -> Vec<OfRepeats> {
        let Parameters { r, a, b, .. } = *parameters;
        let [of_r, of_b, of_a_and_b] = [r, b, a + b].map(|start| self.sums_of_inverses(start));
        table(&self.repeats, |repeats| {
            let (x, place) = (f64::from(repeats), repeats as usize);
            let (left, after) =
                if repeats > 0 { (log(a) - log(b + x - 1.0), 1.0 / (b + x - 1.0)) } else { (f64::NEG_INFINITY, 0.0) };
            OfRepeats { rate: r + x, left, after, of_r: of_r[place], of_b: of_b[place], of_a_and_b: of_a_and_b[place] }
        })
    }

    /// For x from 0 to the most repeats: 1/start + 1/(start+1) + … with x terms.
    fn sums_of_inverses(&self, start: f64) -> Vec<f64> {
        let most = self.repeats.last().copied().unwrap_or(0);
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for number in 0..most {
            sum += 1.0 / (start + f64::from(number));
            sums.push(sum);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::History;
    use super::*;

    fn histories() -> impl Strategy<Value = Vec<(History, u64)>> {
        let history = (0_u32..40, 0_u32..500, 0_u32..300, 1_u64..9).prop_map(|(repeats, span, silence, customers)| {
            let span_days = if repeats == 0 { 0 } else { span.max(repeats) };
            (History { repeats, span_days, age_days: span_days + silence }, customers)
        });
        proptest::collection::vec(history, 1..30)
    }

    proptest! {
        #[test]
        fn slopes_are_those_of_the_likelihood(
            histories in histories(),
            at in [-2.0_f64..2.0, -1.0_f64..3.0, -2.0_f64..2.0, -2.0_f64..2.0],
        ) {
            let likelihood = Likelihood::new(histories);
            let slopes = likelihood.slopes(&Parameters::from_logarithms(&at).unwrap());
            for number in 0..4 {
                let mean = |by: f64| {
                    let mut aside = at;
                    aside[number] += by;
                    likelihood.mean(&Parameters::from_logarithms(&aside).unwrap())
                };
                let measured = (mean(1e-4) - mean(-1e-4)) / 2e-4;
                prop_assert!((slopes[number] - measured).abs() < 1e-5 * (1.0 + measured.abs()), "{number}: {} {measured}", slopes[number]);
            }
        }
    }
}
