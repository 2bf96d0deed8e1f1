//! Popularity as it is found in the wild: the worker of rank k is asked for 1/k as often as the first.

/// Draws ranks from 0, the most popular. The same seed gives the same ranks.
#[derive(Clone, Debug)]
pub(crate) struct Zipf {
    /// The sums of the weights up to each rank.
    sums: Vec<f64>,
    state: u64,
}

impl Zipf {
    pub(crate) fn new(ranks: usize, seed: u64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=ranks).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        // The generator must not start at zero.
        Self { sums: sums.collect(), state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    pub(crate) fn draw(&mut self) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let point = self.uniform() * total;
        self.sums.partition_point(|&sum| sum <= point).min(self.sums.len() - 1)
    }

    /// From 0 to 1, by xorshift64*.
    fn uniform(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }
}
