//! Work on several threads, with the results of sequential work.

use std::num::NonZero;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

use diagnostics::report::Report;

/// For fewer items, starting a thread takes longer than the work.
const ITEMS_PER_THREAD: usize = 16;

/// The stack of a thread in bytes, as large as that of the main thread: input may be nested as deep
/// as its reader allows.
const STACK: usize = 8 << 20;

/// The number of threads that can run at once. It is asked for only once, since the operating
/// system reads files to answer.
static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, NonZero::get));

/// The number of threads that pay off for this many items.
pub fn threads_for(items: usize) -> usize {
    (*CORES).min(items / ITEMS_PER_THREAD).max(1)
}

/// Calls `work` for each item, on `threads` threads, and gives the results in the order of the
/// items. `begin` creates the context of a thread.
pub fn map_on<'a, T: Sync, R: Send, C>(
    threads: usize,
    items: &'a [T],
    begin: impl Fn() -> C + Sync,
    work: impl Fn(&C, &'a T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let turn = || {
        let context = begin();
        let mut done = Vec::new();
        // Threads take items one by one, since the time for an item varies widely.
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
        // This thread works too, and does all of it when no other can be started.
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

/// [`map_on`] without a context, on as many threads as pay off.
pub fn map<'a, T: Sync, R: Send>(items: &'a [T], work: impl Fn(&'a T) -> R + Sync) -> Vec<R> {
    map_on(
        threads_for(items.len()),
        items,
        || (),
        |(), item| work(item),
    )
}

/// [`map`] for work that reports problems. The report has them in the order of the items.
pub fn map_reporting<'a, T: Sync, R: Send>(
    items: &'a [T],
    report: &mut Report,
    work: impl Fn(&'a T, &mut Report) -> R + Sync,
) -> Vec<R> {
    let results = map(items, |item| {
        let mut item_report = Report::default();
        (work(item, &mut item_report), item_report)
    });
    results
        .into_iter()
        .map(|(result, item_report)| {
            report.merge(item_report);
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
    fn results_have_the_order_of_the_items() {
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
    fn items_run_at_the_same_time() {
        let both = std::sync::Barrier::new(2);
        assert_eq!(
            map_on(2, &[(), ()], || (), |(), ()| both.wait().is_leader()).len(),
            2
        );
    }
}
