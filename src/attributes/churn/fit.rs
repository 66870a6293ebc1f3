//! Maximum likelihood: the parameters that explain the histories best.

use argmin::core::{CostFunction, Executor, State, TerminationReason};
use argmin::solver::neldermead::NelderMead;

use super::Parameters;
use super::climb::climb;
use super::coarse::coarse;
use super::likelihood::Likelihood;

/// Where searches start: logarithms of r, alpha (weeks), a and b. Slow and fast buyers, rare and frequent leaving.
const STARTS: [[f64; 4]; 4] =
    [[0.0, 0.0, 0.0, 0.0], [-1.0, 2.0, 0.0, 1.0], [0.0, 3.0, -1.0, -1.0], [1.0, 1.0, 1.0, 1.0]];

/// A search ends where the corners of its simplex differ by less, in the mean log-likelihood of a customer.
const COARSE: f64 = 1e-7;
const FINE: f64 = 1e-13;

/// Searches that come as near to each other have found the same place.
const SAME: f64 = 1e-5;

/// At a maximum the likelihood is flat: by how much it may still rise or fall with the logarithm of a parameter.
const FLAT: f64 = 1e-5;

/// How far aside the likelihood has to be lower, on both sides: on the way to infinity it is flat, but falls on one only.
const ASIDE: f64 = 0.5;

const MOST_ITERATIONS: u64 = 2_000;

/// Fits the model; none where the search does not converge.
///
/// It has converged when two of the four searches meet at the best place found, a search from there comes to rest, and
/// the likelihood is flat where it does. Where nobody came back, or nobody is ever lost, there is no such place. Of millions
/// of histories, the searches look at a few that stand for them; the last steps, and the slopes at the end, are over all.
pub(super) fn fit(likelihood: &Likelihood) -> Option<Parameters> {
    let coarse = coarse(likelihood);
    let mut found: Vec<(Vec<f64>, f64)> =
        STARTS.iter().filter_map(|start| search(&coarse, start, 1.0, COARSE)).collect();
    found.sort_by(|one, other| one.1.total_cmp(&other.1));
    let (best, cost) = found.first()?;
    found.get(1).filter(|(_, second)| second - cost < SAME)?;
    let (near, _) = search(&coarse, best, 0.1, FINE)?;
    let best = climb(likelihood, &coarse, &near).or_else(|| Some(search(likelihood, &near, 0.1, FINE)?.0))?;
    let parameters = Parameters::from_logarithms(&best)?;
    let is_flat = likelihood.slopes(&parameters).iter().all(|slope| slope.abs() < FLAT);
    (is_flat && falls_on_all_sides(&coarse, &near)?).then_some(parameters)
}

/// One search by Nelder and Mead's simplex, which needs no derivatives: where it came to rest, and the cost there.
pub(super) fn search(likelihood: &Likelihood, start: &[f64], size: f64, tolerance: f64) -> Option<(Vec<f64>, f64)> {
    let mut simplex = vec![start.to_vec()];
    for number in 0..start.len() {
        let mut corner = start.to_vec();
        corner[number] += size;
        simplex.push(corner);
    }
    let solver = NelderMead::new(simplex).with_sd_tolerance(tolerance).ok()?;
    let done = Executor::new(likelihood, solver)
        .configure(|state| state.max_iters(MOST_ITERATIONS))
        .ctrlc(false)
        .timer(false)
        .run()
        .ok()?;
    let state = done.state();
    let rests = state.get_termination_reason() == Some(&TerminationReason::SolverConverged);
    let best = state.get_best_param().filter(|_| rests && state.get_best_cost().is_finite())?;
    Some((best.clone(), state.get_best_cost()))
}

/// Whether the likelihood is lower on both sides of every parameter; none at the border of the search.
fn falls_on_all_sides(likelihood: &Likelihood, at: &[f64]) -> Option<bool> {
    let cost = |at: &Vec<f64>| (&likelihood).cost(at).ok().filter(|cost| cost.is_finite());
    let here = cost(&at.to_vec())?;
    for number in 0..at.len() {
        for by in [ASIDE, -ASIDE] {
            let mut aside = at.to_vec();
            aside[number] += by;
            if cost(&aside)? <= here {
                return Some(false);
            }
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::History;
    use super::*;

    #[test]
    fn customers_who_never_came_back_fit_nothing() {
        let once = (1..300).map(|age_days| (History { repeats: 0, span_days: 0, age_days }, 10)).collect();
        assert_eq!(fit(&Likelihood::new(once)), None);
    }

    #[test]
    fn a_single_history_fits_nothing() {
        let same = vec![(History { repeats: 3, span_days: 60, age_days: 60 }, 1_000)];
        assert_eq!(fit(&Likelihood::new(same)), None);
    }
}
