//! Progress on a terminal. Elsewhere nothing is drawn.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::delivery::Progress;

const REDRAW: Duration = Duration::from_millis(100);

/// A spinner beside something that takes a while.
pub(crate) struct Spinner {
    bar: Option<ProgressBar>,
}

impl Spinner {
    pub(super) fn start(what: &'static str, live: bool) -> Self {
        let bar = live.then(|| {
            let bar = ProgressBar::new_spinner().with_message(what);
            bar.enable_steady_tick(REDRAW);
            bar
        });
        Self { bar }
    }

    /// Takes it away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One bar a sync.
pub(crate) struct Bars {
    drawing: Option<(tokio::task::JoinHandle<()>, MultiProgress)>,
}

impl Bars {
    pub(super) fn start(syncs: Vec<(String, Arc<Progress>)>, live: bool) -> Self {
        if !live {
            return Self { drawing: None };
        }
        let all = MultiProgress::new();
        let bars: Vec<(ProgressBar, Arc<Progress>)> = syncs
            .into_iter()
            .map(|(name, progress)| {
                let bar = all.add(ProgressBar::new(0).with_message(name));
                // The template is a constant: it parses.
                if let Ok(style) = ProgressStyle::with_template("{msg:24} {bar:30} {pos}/{len} {prefix}") {
                    bar.set_style(style);
                }
                (bar, progress)
            })
            .collect();
        let task = tokio::spawn(async move {
            loop {
                for (bar, progress) in &bars {
                    bar.set_length(progress.total());
                    bar.set_position(progress.confirmed() + progress.rejected());
                    let waiting = progress.pending();
                    bar.set_prefix(if waiting > 0 { format!("({waiting} at the vendor)") } else { String::new() });
                }
                tokio::time::sleep(REDRAW).await;
            }
        });
        Self { drawing: Some((task, all)) }
    }

    /// Takes them away.
    pub(crate) fn finish(self) {
        if let Some((task, all)) = self.drawing {
            task.abort();
            // A terminal that is gone needs no clearing.
            let _ = all.clear();
        }
    }
}
