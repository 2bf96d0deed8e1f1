//! What the workers do.

use std::time::Duration;

/// The work of a request on a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Adds up the integers from 0.
    Sum { below: u32 },
    /// Adds up `sqrt · sin` of the integers from 0.
    SqrtSin { below: u32 },
}

impl Work {
    /// JavaScript that leaves the answer in `answer`.
    fn statements(self) -> String {
        match self {
            Self::Sum { below } => {
                format!("let sum = 0; for (let i = 0; i < {below}; i++) sum += i; const answer = `${{sum}}`;")
            }
            Self::SqrtSin { below } => format!(
                "let sum = 0; for (let i = 0; i < {below}; i++) sum += Math.sqrt(i) * Math.sin(i);
                const answer = sum.toFixed(3);"
            ),
        }
    }

    /// The body of every answer.
    pub(crate) fn answer(self) -> String {
        match self {
            Self::Sum { below } => (0..u64::from(below)).sum::<u64>().to_string(),
            Self::SqrtSin { below } => {
                let sum: f64 = (0..below).map(f64::from).map(|i| i.sqrt() * i.sin()).sum();
                format!("{sum:.3}")
            }
        }
    }

    /// A worker that answers after `awaited`; to a HEAD request without waiting, which is how it is made warm.
    pub(crate) fn worker(self, awaited: Duration) -> String {
        let statements = self.statements();
        let wait = match awaited.as_millis() {
            0 => String::new(),
            ms => format!("await new Promise(resolve => setTimeout(resolve, {ms}));"),
        };
        format!(
            "export default {{
                async fetch(request) {{
                    {statements}
                    if (request.method === 'HEAD') return new Response();
                    {wait}
                    return new Response(answer);
                }}
            }}"
        )
    }

    /// The same as a method, without the wait: for hosts that have no timers.
    pub(crate) fn bare_worker(self) -> String {
        let statements = self.statements();
        format!("async fetch(request) {{ {statements} return new Response(answer) }}")
    }
}
