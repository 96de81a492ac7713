//! Long work: its threads, its progress bar and Ctrl-C.

use extendr_api::prelude::*;
use forebear_core::error::Result;
use forebear_core::task::Task;
use rayon::ThreadPoolBuilder;
use std::ffi::c_int;
use std::ffi::c_void;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::channel;
use std::time::Duration;

/// How often R's thread looks for Ctrl-C and moves the progress bar.
const POLL: Duration = Duration::from_millis(50);

unsafe extern "C" {
    fn R_CheckUserInterrupt();
    fn R_ToplevelExec(body: extern "C" fn(*mut c_void), data: *mut c_void) -> c_int;
}

/// Runs `body` on `threads` threads of its own while R's thread watches for Ctrl-C.
///
/// The pool lives as long as the call: a pool that outlives it hangs a process
/// that forks (`parallel::mclapply()`). `progress` is NULL or an R function of
/// stage, done and total that returns `FALSE` to stop.
///
/// # Errors
/// Whatever `body` returns; `Error::Interrupted` after Ctrl-C.
///
/// # Panics
/// If the operating system gives no threads, or if `body` panics.
pub fn run<T: Send>(
    threads: i32,
    progress: &Robj,
    body: impl FnOnce(&Task) -> Result<T> + Send,
) -> Result<T> {
    let threads = usize::try_from(threads).expect("a positive number of threads");
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let task = Task::new();
    let mut outcome = None;
    pool.in_place_scope(|scope| {
        let (sender, receiver) = channel::<()>();
        let (slot, shared) = (&mut outcome, &task);
        scope.spawn(move |_| {
            let _signals_when_dropped = sender;
            *slot = Some(body(shared));
        });
        watch(&task, progress, &receiver);
    });
    // Work that ends as the user stops it has been stopped.
    outcome.expect("the body has run").and_then(|value| task.check().map(|()| value))
}

fn watch(task: &Task, progress: &Robj, finished: &Receiver<()>) {
    while finished.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
        if interrupted() || !goes_on(task, progress) {
            task.cancel();
        }
    }
}

/// Whether the user pressed Ctrl-C. R may only be asked from its own thread, and
/// jumps out of the question unless it is asked at top level.
fn interrupted() -> bool {
    extern "C" fn ask(_: *mut c_void) {
        // SAFETY: called on R's thread, from `R_ToplevelExec`, over a frame that owns nothing.
        unsafe { R_CheckUserInterrupt() }
    }
    // SAFETY: `ask` takes no data and R's thread is the one that runs this.
    unsafe { R_ToplevelExec(ask, std::ptr::null_mut()) == 0 }
}

fn goes_on(task: &Task, progress: &Robj) -> bool {
    let Some(function) = progress.as_function() else { return true };
    let now = task.progress();
    let answer = function.call(pairlist!(now.stage, now.done as f64, now.total as f64));
    answer.ok().and_then(|answer| answer.as_bool()).unwrap_or(false)
}

/// Processors that this process may use.
#[extendr]
fn rust_available_threads() -> i32 {
    std::thread::available_parallelism().map_or(1, |n| n.get() as i32)
}

/// Waits for `seconds`, advancing every hundredth: what the tests interrupt.
#[extendr]
fn rust_wait(seconds: f64, threads: i32, progress: Robj) -> Robj {
    crate::answer::guard(|| {
        let steps = (seconds * 100.0) as u64;
        run(threads, &progress, |task| {
            task.begin("waiting", steps)?;
            (0..steps).try_for_each(|_| {
                std::thread::sleep(Duration::from_millis(10));
                task.advance(1)
            })
        })?;
        Ok(().into())
    })
}

/// Panics, so that the tests see a panic become an R condition.
#[extendr]
fn rust_panic(message: &str, threads: i32) -> Robj {
    crate::answer::guard(|| run::<()>(threads, &().into(), |_| panic!("{message}")).map(Robj::from))
}

extendr_module! {
    mod run;
    fn rust_available_threads;
    fn rust_wait;
    fn rust_panic;
}
