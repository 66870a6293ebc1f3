//! What fitted parameters say about one history.

use libm::{exp, expm1, log, log1p};

use super::{Parameters, Told};

/// Terms after which a series is given up. The slowest one met, of a customer of today with an alpha of minutes, takes a
/// hundredth of that.
const MOST_TERMS: u32 = 1_000_000;

impl Parameters {
    /// The probability that a customer has not left; none for a customer who never came back, of whom the model says 1
    /// without knowing anything.
    pub(super) fn p_alive(&self, told: &Told) -> Option<f64> {
        (told.repeats > 0.0).then(|| 1.0 / (1.0 + self.odds_of_having_left(told)))
    }

    /// The expected purchase days in the weeks `ahead`.
    ///
    /// The published form takes a Gauss hypergeometric function F(r+x, b+x; a+b+x−1; z) with z = t/(α+T+t), whose series
    /// crawls for many repeats and has a pole at a = 1. Euler's transformation turns it into (1−z)^(a−1−r−x) times
    /// F(a+b−1−r, a−1; a+b+x−1; z), whose terms shrink the faster the more repeats there are. The division by a − 1 and
    /// the factor a+b+x−1 are drawn into the sum: what is left has no pole, at a = 1 or elsewhere.
    pub(super) fn expected(&self, told: &Told, ahead: f64) -> Option<f64> {
        let Self { r, alpha, a, b } = *self;
        let x = told.repeats;
        let z = ahead / (alpha + told.age + ahead);
        // ((1−z)^(a−1) − 1) / (a−1), which is ln(1−z) at a = 1
        let remaining = log1p(-z);
        let power = expm1((a - 1.0) * remaining);
        let slope = if (a - 1.0).abs() < f64::EPSILON { remaining } else { power / (a - 1.0) };
        let sum = series(a + b - 1.0 - r, a - 1.0, a + b + x - 1.0, z)?;
        let if_alive = -(a + b + x - 1.0) * slope - (1.0 + power) * sum;
        let expected = if_alive / (1.0 + self.odds_of_having_left(told));
        // Rounding may leave a hair below nothing.
        expected.is_finite().then_some(expected.max(0.0))
    }

    fn odds_of_having_left(&self, told: &Told) -> f64 {
        if told.repeats <= 0.0 {
            return 0.0;
        }
        let x = told.repeats;
        let silence = log(self.alpha + told.age) - log(self.alpha + told.span);
        self.a / (self.b + x - 1.0) * exp((self.r + x) * silence)
    }
}

/// c · (F(p, q; c; argument) − 1) / q: the hypergeometric series without its first term, and without what would make a pole of
/// q = 0 or c = 0.
fn series(p: f64, q: f64, c: f64, argument: f64) -> Option<f64> {
    let mut term = p * argument;
    let mut sum = term;
    for number in 1..MOST_TERMS {
        if term.abs() <= f64::EPSILON * sum.abs() * (1.0 - argument) {
            return Some(sum);
        }
        let n = f64::from(number);
        term *= (p + n) * (q + n) / ((c + n) * (n + 1.0)) * argument;
        sum += term;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::weeks;
    use super::*;

    const PUBLISHED: Parameters = Parameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

    fn told(repeats: f64, span: f64, age: f64) -> Told {
        Told { repeats, span, age }
    }

    fn near(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() <= within, "{found} instead of {expected}");
    }

    #[test]
    fn the_published_customers_have_their_published_values() {
        near(PUBLISHED.p_alive(&told(2.0, 30.43, 38.86)).unwrap(), 0.726_579, 5e-7);
        near(PUBLISHED.expected(&told(2.0, 30.43, 38.86), 39.0).unwrap(), 1.226, 5e-4);
        near(PUBLISHED.p_alive(&told(20.0, 30.0, 39.0)).unwrap(), 0.196_820, 5e-7);
        near(PUBLISHED.p_alive(&told(1.0, 1.0, 39.0)).unwrap(), 0.187_020, 5e-7);
    }

    #[test]
    fn of_a_customer_who_never_came_back_the_model_cannot_tell() {
        assert_eq!(PUBLISHED.p_alive(&told(0.0, 0.0, 20.0)), None);
        assert!(PUBLISHED.expected(&told(0.0, 0.0, 20.0), 13.0).unwrap() > 0.0);
    }

    /// Without anybody leaving (a nearly 0) the model is the negative binomial one: (r + x) t / (alpha + T).
    #[test]
    fn without_leaving_it_is_the_negative_binomial_expectation() {
        let loyal = Parameters { a: 1e-9, ..PUBLISHED };
        near(loyal.expected(&told(4.0, 30.0, 40.0), 13.0).unwrap(), 4.243 * 13.0 / 44.414, 1e-6);
    }

    #[test]
    fn nothing_jumps_where_the_published_form_has_its_poles() {
        let expected = |a, b| Parameters { a, b, ..PUBLISHED }.expected(&told(0.0, 0.0, 10.0), 13.0).unwrap();
        near(expected(1.0, 2.0), expected(1.0 + 1e-7, 2.0), 1e-6);
        near(expected(1.0, 2.0), expected(1.0 - 1e-7, 2.0), 1e-6);
        // a + b = 1
        near(expected(0.4, 0.6), expected(0.4, 0.6 + 1e-7), 1e-6);
    }

    #[test]
    fn the_series_ends_where_its_argument_is_nearly_one() {
        let quick = Parameters { alpha: 1e-3, ..PUBLISHED };
        let expected = quick.expected(&told(0.0, 0.0, 0.0), 90.0 / 7.0).unwrap();
        assert!(expected.is_finite() && expected > 0.0, "{expected}");
    }

    proptest! {
        #[test]
        fn forecasts_stay_in_their_range(
            (r, alpha, a, b) in (0.02_f64..5.0, 0.05_f64..60.0, 0.02_f64..5.0, 0.05_f64..20.0),
            repeats in 0_u32..400,
            age_days in 0_u32..4_000,
            share in 0.0_f64..=1.0,
        ) {
            let age = weeks(age_days);
            let told = told(f64::from(repeats), if repeats == 0 { 0.0 } else { age * share }, age);
            let parameters = Parameters { r, alpha, a, b };
            if let Some(p_alive) = parameters.p_alive(&told) {
                prop_assert!((0.0..=1.0).contains(&p_alive));
            }
            let soon = parameters.expected(&told, 30.0 / 7.0).unwrap();
            let later = parameters.expected(&told, 90.0 / 7.0).unwrap();
            // No more than at the customer's own pace, and the longer one looks ahead the more.
            let pace = (r + told.repeats) / (alpha + age) * 90.0 / 7.0;
            prop_assert!(soon >= 0.0 && later >= soon - 1e-9 && later <= pace * (1.0 + 1e-6) + 1e-9, "{soon} {later} {pace}");
        }
    }
}
