//! How long-running work reports progress and is asked to stop.
//!
//! The core neither prints nor reads the clock. A caller that wants a progress
//! bar or Ctrl-C passes one [`Task`] to the computation and reads it from
//! another thread.

use crate::error::Error;
use crate::error::Result;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Shared state of one computation; cheap to update from any thread.
#[derive(Debug, Default)]
pub struct Task {
    canceled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    stage: Mutex<&'static str>,
}

/// Progress of a [`Task`]: `done` of `total` units of `stage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub stage: &'static str,
    pub done: u64,
    pub total: u64,
}

impl Task {
    /// A task that has not begun.
    pub fn new() -> Task {
        Task::default()
    }

    /// Starts a stage of `total` units; `total` 0 means that its length is unknown.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the task was canceled.
    pub fn begin(&self, stage: &'static str, total: u64) -> Result<()> {
        *self.stage.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = stage;
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
        self.check()
    }

    /// Counts `units` as done. Call it at least every few hundredths of a second of work.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the task was canceled.
    pub fn advance(&self, units: u64) -> Result<()> {
        self.done.fetch_add(units, Relaxed);
        self.check()
    }

    /// # Errors
    /// [`Error::Interrupted`] if the task was canceled.
    pub fn check(&self) -> Result<()> {
        if self.canceled.load(Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Asks the computation to stop at its next check.
    pub fn cancel(&self) {
        self.canceled.store(true, Relaxed);
    }

    /// The progress of the computation.
    pub fn progress(&self) -> Progress {
        let stage = *self.stage.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Progress { stage, done: self.done.load(Relaxed), total: self.total.load(Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canceled_task_refuses_to_go_on() {
        let task = Task::new();
        task.begin("counting", 3).unwrap();
        task.advance(2).unwrap();
        assert_eq!(task.progress(), Progress { stage: "counting", done: 2, total: 3 });
        task.cancel();
        assert!(matches!(task.advance(1), Err(Error::Interrupted)));
        assert!(matches!(task.begin("again", 1), Err(Error::Interrupted)));
    }
}
