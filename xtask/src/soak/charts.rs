//! The samples as an SVG: a chart for each quantity, one below the other, over the same time.

use std::fmt::Write as _;

use super::samples::Sample;
use crate::svg;

const WIDTH: f64 = 1000.0;
const CHART: f64 = 130.0;
const TITLE: f64 = 26.0;
const MARGIN: f64 = 60.0;

/// One line of a chart: its name, its colour, and its points.
type Line = (&'static str, &'static str, fn(&Sample) -> Option<f64>);

const CHARTS: [&[Line]; 4] = [
    &[("MiB resident", "#c0392b", |sample| Some(sample.rss_mib))],
    &[("descriptors", "#2471a3", |sample| Some(sample.descriptors))],
    &[("threads", "#1e8449", |sample| Some(sample.threads))],
    &[
        ("isolates", "#7d3c98", |sample| sample.isolates),
        ("leased", "#b9770e", |sample| sample.leased),
        ("waiting", "#717d7e", |sample| sample.waiting),
    ],
];

/// `phases` are the names of what happened, with the second at which each began.
pub(super) fn svg(samples: &[Sample], phases: &[(&str, f64)]) -> String {
    let end = samples.last().map_or(1.0, |sample| sample.at.max(1.0));
    let x = |at: f64| MARGIN + at / end * (WIDTH - 2.0 * MARGIN);
    let mut charts: Vec<_> = CHARTS.iter().map(|lines| chart(lines, samples, &x)).collect();
    charts.push(rates(samples, &x));
    let height = TITLE + charts.len() as f64 * (CHART + TITLE) + TITLE;
    let mut svg = String::new();
    for (name, begin) in phases {
        let x = x(*begin);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{TITLE}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#999\" stroke-dasharray=\"4\"/>\
             <text x=\"{:.1}\" y=\"18\">{name}, {begin:.0} s</text>",
            height - TITLE,
            x + 3.0,
        );
    }
    for (number, chart) in charts.iter().enumerate() {
        let y = TITLE + number as f64 * (CHART + TITLE);
        let _ = writeln!(svg, "<g transform=\"translate(0 {y:.1})\">{chart}</g>");
    }
    svg::document(WIDTH, height, &svg)
}

/// A chart whose scale begins at 0 and ends at the largest value.
fn chart(lines: &[Line], samples: &[Sample], x: &impl Fn(f64) -> f64) -> String {
    let points = |value: fn(&Sample) -> Option<f64>| {
        samples.iter().filter_map(move |sample| Some((sample.at, value(sample)?))).collect()
    };
    let plots: Vec<_> =
        lines.iter().map(|&(name, colour, value)| Plot { name, colour, points: points(value) }).collect();
    draw(&plots, x)
}

/// Answers per second, between one sample and the next.
fn rates(samples: &[Sample], x: &impl Fn(f64) -> f64) -> String {
    let rate = |kind: usize| {
        let between = |pair: &[Sample]| {
            let seconds = (pair[1].at - pair[0].at).max(f64::EPSILON);
            (pair[1].at, (pair[1].answers[kind] - pair[0].answers[kind]) / seconds)
        };
        samples.windows(2).map(between).collect()
    };
    let good = Plot { name: "good answers/s", colour: "#1e8449", points: rate(0) };
    draw(&[good, Plot { name: "hostile answers/s", colour: "#c0392b", points: rate(1) }], x)
}

/// A line with its points: the second, and the value.
struct Plot {
    name: &'static str,
    colour: &'static str,
    points: Vec<(f64, f64)>,
}

fn draw(plots: &[Plot], x: &impl Fn(f64) -> f64) -> String {
    let values = plots.iter().flat_map(|plot| &plot.points).map(|(_, value)| *value);
    let top = values.fold(1.0, f64::max);
    let y = |value: f64| TITLE + CHART - value / top * CHART;
    let mut chart = format!(
        "<path d=\"M{MARGIN} {TITLE}V{:.1}H{:.1}\" fill=\"none\" stroke=\"#333\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{top:.0}</text>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">0</text>",
        TITLE + CHART,
        WIDTH - MARGIN,
        MARGIN - 6.0,
        TITLE + 10.0,
        MARGIN - 6.0,
        TITLE + CHART,
    );
    for (number, Plot { name, colour, points }) in plots.iter().enumerate() {
        let points: Vec<_> =
            points.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        let _ = write!(
            chart,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>\
             <polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            MARGIN + 8.0 + number as f64 * 140.0,
            TITLE + 12.0,
            points.join(" "),
        );
    }
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_point_of_every_line() {
        let samples: Vec<_> = (0..3)
            .map(|n| Sample {
                at: f64::from(n),
                rss_mib: 50.0,
                descriptors: 9.0,
                threads: 4.0,
                // The server was too busy to say.
                isolates: (n != 1).then_some(2.0),
                leased: Some(1.0),
                waiting: Some(0.0),
                answers: [f64::from(n), 0.0],
            })
            .collect();
        let svg = svg(&samples, &[("traffic", 0.0), ("idle", 2.0)]);
        let counts: Vec<_> = svg
            .split("points=\"")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0.split(' ').count()))
            .collect();
        assert_eq!(counts, [3, 3, 3, 2, 3, 3, 2, 2]);
        assert!(svg.contains("idle, 2 s") && svg.ends_with("</svg>\n"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
