//! Work on several threads, with the results of sequential work.

use std::cell::Cell;
use std::num::NonZero;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::thread::{Builder, available_parallelism, scope};

use diagnostics::report::Report;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// For fewer items, starting a thread takes longer than the work.
const ITEMS_PER_THREAD: usize = 16;

/// The same for a text, in bytes.
const BYTES_PER_THREAD: usize = 64 << 10;

/// The stack of a thread in bytes, as large as that of the main thread: input may be nested as deep
/// as its reader allows.
const STACK: usize = 8 << 20;

/// The number of threads that can run at once. It is asked for only once, since the operating
/// system reads files to answer.
static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, NonZero::get));

/// A thread for each core besides that of the caller, started when work first pays off; `None`
/// where none can be started.
static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();

fn pool() -> Option<&'static ThreadPool> {
    let start = || {
        let threads = CORES.saturating_sub(1).max(1);
        let pool = ThreadPoolBuilder::new().num_threads(threads);
        pool.stack_size(STACK).build().ok()
    };
    POOL.get_or_init(start).as_ref()
}

/// Does `work`, and `other` on a text of this size at the same time, if that pays off.
pub fn beside<A, B: Send>(
    size: usize,
    work: impl FnOnce() -> A,
    other: impl Fn() -> B + Sync,
) -> (A, B) {
    let pool = (size >= BYTES_PER_THREAD).then(pool).flatten();
    let Some(pool) = pool else {
        return (work(), other());
    };
    let mut result = None;
    let here = pool.in_place_scope(|scope| {
        scope.spawn(|_| result = Some(other()));
        work()
    });
    (here, result.unwrap_or_else(&other))
}

/// Frees a large value while this thread goes on, if other threads were started.
pub fn drop_beside<T: Send + 'static>(value: T) {
    if let Some(Some(pool)) = POOL.get() {
        pool.spawn(|| drop(value));
    }
}

thread_local! {
    static FIXED: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs `work` with this many threads for any number of items. Tests compare the results.
pub fn with_threads<R>(threads: usize, work: impl FnOnce() -> R) -> R {
    let before = FIXED.replace(Some(threads));
    let result = work();
    FIXED.set(before);
    result
}

/// The number of threads that pay off for this many items.
pub fn threads_for(items: usize) -> usize {
    let pay_off = || match items / ITEMS_PER_THREAD {
        0 | 1 => 1,
        threads => threads.min(*CORES),
    };
    FIXED.get().unwrap_or_else(pay_off)
}

/// Calls `work` for each item, on `threads` threads, and gives the results in the order of the
/// items. `begin` creates the context of a thread.
pub fn map_on<I, R: Send, C>(
    threads: usize,
    items: I,
    begin: impl Fn() -> C + Sync,
    work: impl Fn(&C, I::Item) -> R + Sync,
) -> Vec<R>
where
    I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
{
    let items = items.into_iter();
    let count = items.len();
    let mut results: Vec<Option<R>> = (0..count).map(|_| None).collect();
    let next = Mutex::new(items.zip(&mut results));
    let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
    let turn = || {
        let context = begin();
        // Threads take items one by one, since the time for an item varies widely.
        while let Some((item, result)) = take() {
            *result = Some(work(&context, item));
        }
    };
    run_on(threads.min(count), &turn);
    drop(next);
    // Each item has a result. They are collected where they are.
    let results: Option<Vec<R>> = results.into_iter().collect();
    results.unwrap_or_default()
}

/// Runs `turn` on several threads at once, of which this is one. It does all the work when no other
/// can be started.
fn run_on(threads: usize, turn: &(dyn Fn() + Sync)) {
    let others = threads.saturating_sub(1);
    if others == 0 {
        return turn();
    }
    match pool() {
        Some(pool) if others <= pool.current_num_threads() => pool.in_place_scope(|scope| {
            (0..others).for_each(|_| scope.spawn(|_| turn()));
            turn();
        }),
        // Programs wait more than they work, so that more of them run than there are cores.
        _ => scope(|scope| {
            for _ in 0..others {
                let _ = Builder::new().stack_size(STACK).spawn_scoped(scope, turn);
            }
            turn();
        }),
    }
}

/// [`map_on`] without a context, on as many threads as pay off.
pub fn map<I, R: Send>(items: I, work: impl Fn(I::Item) -> R + Sync) -> Vec<R>
where
    I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
{
    let items = items.into_iter();
    let threads = threads_for(items.len());
    map_on(threads, items, || (), |(), item| work(item))
}

/// [`map`] for work that reports problems. The report has them in the order of the items.
pub fn map_reporting<I, R: Send>(
    items: I,
    report: &mut Report,
    work: impl Fn(I::Item, &mut Report) -> R + Sync,
) -> Vec<R>
where
    I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
{
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
    fn work_runs_beside_other_work_where_that_is_large() {
        let this = || std::thread::current().id();
        let both = std::sync::Barrier::new(2);
        let wait = || both.wait().is_leader();
        assert!(matches!(
            beside(BYTES_PER_THREAD, wait, wait),
            (true, false) | (false, true)
        ));
        assert_eq!(beside(BYTES_PER_THREAD - 1, this, this), (this(), this()));
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
