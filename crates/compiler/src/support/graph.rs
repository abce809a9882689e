//! Ordering things that depend on each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Puts the nodes `0..dependencies.len()` into an order in which each comes after everything it
/// depends on; among those that are free, the lowest first. Where there is no such order, gives a
/// cycle: each node depends on the next, the last on the first.
pub fn order(dependencies: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); dependencies.len()];
    let mut waiting: Vec<usize> = vec![0; dependencies.len()];
    for (node, needs) in dependencies.iter().enumerate() {
        for need in needs {
            dependants[*need].push(node);
            waiting[node] += 1;
        }
    }
    let mut free: BinaryHeap<Reverse<usize>> = (0..waiting.len())
        .filter(|node| waiting[*node] == 0)
        .map(Reverse)
        .collect();
    let mut ordered = Vec::with_capacity(dependencies.len());
    while let Some(Reverse(node)) = free.pop() {
        ordered.push(node);
        for dependant in &dependants[node] {
            waiting[*dependant] -= 1;
            if waiting[*dependant] == 0 {
                free.push(Reverse(*dependant));
            }
        }
    }
    match (0..waiting.len()).find(|node| waiting[*node] > 0) {
        None => Ok(ordered),
        Some(stuck) => Err(cycle_from(stuck, dependencies, &waiting)),
    }
}

/// Cycles that have no edge in common, at most `most` of them; none where there is an order.
pub fn cycles(mut dependencies: Vec<Vec<usize>>, most: usize) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    while let (true, Err(cycle)) = (found.len() < most, order(&dependencies)) {
        for (member, next) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            dependencies[*member].retain(|need| need != next);
        }
        found.push(cycle);
    }
    found
}

/// Every node that is still waiting depends on one that is, so walking on must come back to where
/// it has been.
fn cycle_from(start: usize, dependencies: &[Vec<usize>], waiting: &[usize]) -> Vec<usize> {
    let mut seen_at: Vec<Option<usize>> = vec![None; dependencies.len()];
    let mut path = Vec::new();
    let mut node = start;
    while seen_at[node].is_none() {
        seen_at[node] = Some(path.len());
        path.push(node);
        match dependencies[node].iter().find(|need| waiting[**need] > 0) {
            Some(next) => node = *next,
            None => return path,
        }
    }
    path.split_off(seen_at[node].unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_come_first_and_ties_by_number() {
        assert_eq!(order(&[vec![2], vec![], vec![]]), Ok(vec![1, 2, 0]));
        assert_eq!(order(&[]), Ok(vec![]));
    }

    #[test]
    fn a_cycle_is_given_as_a_path() {
        assert_eq!(order(&[vec![1], vec![2], vec![1], vec![]]), Err(vec![1, 2]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }

    #[test]
    fn long_chains_need_no_stack() {
        let chain: Vec<Vec<usize>> = (0..200_000)
            .map(|node| if node > 0 { vec![node - 1] } else { vec![] })
            .collect();
        assert_eq!(order(&chain).map(|ordered| ordered.len()), Ok(200_000));
    }

    #[test]
    fn cycles_that_share_nothing_are_all_found() {
        let two = vec![vec![1], vec![0], vec![3], vec![2, 0], vec![4]];
        assert_eq!(cycles(two.clone(), 10), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(cycles(two, 2).len(), 2);
        assert!(cycles(vec![vec![1], vec![]], 10).is_empty());
    }
}
