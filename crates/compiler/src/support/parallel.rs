//! Work on many things at once, with the result of working on one after the other.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

use diagnostics::report::Report;

/// Below this many items a thread costs more than it saves.
const WORTHWHILE: usize = 16;

/// How deep recursion may go on a thread, as on the main one: input is nested as deep as its reader
/// allows.
const STACK: usize = 8 << 20;

/// The number of threads that are worth their start for `items` pieces of computing.
pub fn threads_for(items: usize) -> usize {
    available_parallelism()
        .map_or(1, NonZero::get)
        .min(items / WORTHWHILE)
        .max(1)
}

/// Gives `work` each item, on so many threads, and its results in the order of the items. Each
/// thread has a context of its own, which `begin` makes.
pub fn map_on<T: Sync, R: Send, C>(
    threads: usize,
    items: &[T],
    begin: impl Fn() -> C + Sync,
    work: impl Fn(&C, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let turn = || {
        let context = begin();
        let mut done = Vec::new();
        // Items are handed out one by one, since one may take a thousand times as long as the next.
        while let Some((index, item)) = take(&next, items) {
            done.push((index, work(&context, item)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = scope(|scope| {
        let start = |_| {
            Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, turn)
                .ok()
        };
        // This thread works as well, and does everything when no other can be started.
        let others: Vec<_> = (1..threads.min(items.len())).filter_map(start).collect();
        let mut results = turn();
        for other in others {
            match other.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// As [`map_on`], without a context and on as many threads as are worth it.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_on(
        threads_for(items.len()),
        items,
        || (),
        |(), item| work(item),
    )
}

/// As [`map`], for work that reports: what it finds stands in the report in the order of the items.
pub fn map_reporting<T: Sync, R: Send>(
    items: &[T],
    report: &mut Report,
    work: impl Fn(&T, &mut Report) -> R + Sync,
) -> Vec<R> {
    let results = map(items, |item| {
        let mut own = Report::default();
        (work(item, &mut own), own)
    });
    results
        .into_iter()
        .map(|(result, own)| {
            report.merge(own);
            result
        })
        .collect()
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, 2, 15, 100, 10_000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            for threads in [0, 1, 2, 7] {
                assert_eq!(
                    map_on(threads, &items, || 2, |factor, item| item * factor),
                    doubled
                );
            }
            assert_eq!(map(&items, |item| item * 2), doubled);
        }
    }

    #[test]
    fn items_that_wait_for_each_other_run_at_the_same_time() {
        let both = std::sync::Barrier::new(2);
        assert_eq!(
            map_on(2, &[(), ()], || (), |(), ()| both.wait().is_leader()).len(),
            2
        );
    }
}
