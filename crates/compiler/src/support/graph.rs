//! Topological order, and cycles where there is none.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Orders the nodes `0..dependencies.len()` so that each comes after all that it depends on; of
/// several candidates, the lowest comes first. Without such an order the error is a cycle: each
/// node depends on the next, the last on the first.
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

/// At most `limit` cycles that have no edge in common; empty when there is an order.
pub fn cycles(mut dependencies: Vec<Vec<usize>>, limit: usize) -> Vec<Vec<usize>> {
    let mut cycles = Vec::new();
    while let (true, Err(cycle)) = (cycles.len() < limit, order(&dependencies)) {
        for (member, next) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            dependencies[*member].retain(|need| need != next);
        }
        cycles.push(cycle);
    }
    cycles
}

/// A cycle that can be reached from `start`. Each waiting node depends on another waiting node, so
/// the walk comes back to a node that it has seen.
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
    fn a_cycle_is_a_path() {
        assert_eq!(order(&[vec![1], vec![2], vec![1], vec![]]), Err(vec![1, 2]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }

    #[test]
    fn long_chains_do_not_recurse() {
        let chain: Vec<Vec<usize>> = (0..200_000)
            .map(|node| if node > 0 { vec![node - 1] } else { vec![] })
            .collect();
        assert_eq!(order(&chain).map(|ordered| ordered.len()), Ok(200_000));
    }

    #[test]
    fn all_disjoint_cycles_are_found() {
        let two = vec![vec![1], vec![0], vec![3], vec![2, 0], vec![4]];
        assert_eq!(cycles(two.clone(), 10), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(cycles(two, 2).len(), 2);
        assert!(cycles(vec![vec![1], vec![]], 10).is_empty());
    }
}
