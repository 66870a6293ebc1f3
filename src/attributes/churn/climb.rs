//! The last steps to the maximum, over all histories.

use super::Parameters;
use super::likelihood::Likelihood;

/// Half the distance over which the curvature is measured.
const NUDGE: f64 = 1e-4;

/// A step this small, in the logarithm of every parameter, moves no parameter by a millionth of a percent.
const SMALL: f64 = 1e-9;

/// Each step leaves a tenth of the way at most, as long as both likelihoods are of one shape.
const MOST_STEPS: usize = 12;

/// A step longer than this leads away from where the curvature was measured.
const LONGEST: f64 = 1.0;

/// Goes from near the maximum to the maximum by Newton's steps, with slopes over all histories and the curvature of the
/// coarse ones, which is nearly the same and costs nothing beside a look at millions. None where that leads nowhere.
pub(super) fn climb(exact: &Likelihood, coarse: &Likelihood, from: &[f64]) -> Option<Vec<f64>> {
    let root = root(&curvature(coarse, from)?)?;
    let mut at = from.to_vec();
    for _ in 0..MOST_STEPS {
        let step = solve(&root, exact.slopes(&Parameters::from_logarithms(&at)?));
        let length = step.iter().fold(0.0, |most: f64, part| most.max(part.abs()));
        if length > LONGEST || step.iter().any(|part| !part.is_finite()) {
            return None;
        }
        at.iter_mut().zip(step).for_each(|(at, step)| *at += step);
        if length < SMALL {
            return Some(at);
        }
    }
    None
}

/// How fast each slope falls along each parameter.
fn curvature(likelihood: &Likelihood, at: &[f64]) -> Option<[[f64; 4]; 4]> {
    let slopes = |number: usize, by: f64| {
        let mut aside = at.to_vec();
        aside[number] += by;
        Some(likelihood.slopes(&Parameters::from_logarithms(&aside)?))
    };
    let mut curvature = [[0.0; 4]; 4];
    for (number, row) in curvature.iter_mut().enumerate() {
        let (above, below) = (slopes(number, NUDGE)?, slopes(number, -NUDGE)?);
        for (place, (above, below)) in row.iter_mut().zip(above.into_iter().zip(below)) {
            *place = (below - above) / (2.0 * NUDGE);
        }
    }
    Some(curvature)
}

/// Cholesky's root L of a matrix L·Lᵀ; none where there is none, because the likelihood does not fall on all sides.
fn root(matrix: &[[f64; 4]; 4]) -> Option<[[f64; 4]; 4]> {
    let mut root = [[0.0; 4]; 4];
    for row in 0..4 {
        for column in 0..=row {
            let known: f64 = (0..column).map(|place| root[row][place] * root[column][place]).sum();
            // The halves above and below the diagonal differ by rounding.
            let rest = f64::midpoint(matrix[row][column], matrix[column][row]) - known;
            root[row][column] = if row == column { positive(rest)?.sqrt() } else { rest / root[column][column] };
        }
    }
    Some(root)
}

fn positive(number: f64) -> Option<f64> {
    (number > 0.0).then_some(number)
}

/// The x with L·Lᵀ·x = `right`.
fn solve(root: &[[f64; 4]; 4], right: [f64; 4]) -> [f64; 4] {
    let mut x = right;
    for row in 0..4 {
        let known: f64 = (0..row).map(|place| root[row][place] * x[place]).sum();
        x[row] = (x[row] - known) / root[row][row];
    }
    for row in (0..4).rev() {
        let known: f64 = (row + 1..4).map(|place| root[place][row] * x[place]).sum();
        x[row] = (x[row] - known) / root[row][row];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_root_solves_is_solved() {
        let matrix = [[4.0, 2.0, 0.0, 1.0], [2.0, 5.0, 1.0, 0.0], [0.0, 1.0, 3.0, 1.0], [1.0, 0.0, 1.0, 6.0]];
        let x = solve(&root(&matrix).unwrap(), [1.0, 2.0, 3.0, 4.0]);
        for (row, right) in matrix.iter().zip([1.0, 2.0, 3.0, 4.0]) {
            let product: f64 = row.iter().zip(x).map(|(one, other)| one * other).sum();
            assert!((product - right).abs() < 1e-12, "{product} instead of {right}");
        }
    }

    #[test]
    fn a_saddle_has_no_root() {
        let mut matrix = [[0.0; 4]; 4];
        (0..4).for_each(|place| matrix[place][place] = 1.0);
        assert!(root(&matrix).is_some());
        matrix[2][2] = -1.0;
        assert_eq!(root(&matrix), None);
    }
}
