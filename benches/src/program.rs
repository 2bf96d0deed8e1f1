//! A program of the size of a bundle that renders pages on a server.

use std::fmt::Write;

/// Makes nodes and renders them.
const LIBRARY: &str = "
const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\"': '&quot;' };
const escape = text => `${text}`.replace(/[&<>\"]/g, found => escapes[found]);
const h = (type, props, ...children) => ({ type, props: props ?? {}, children });
function render(node) {
    if (node === null || node === undefined || node === false) return '';
    if (Array.isArray(node)) return node.map(render).join('');
    if (typeof node !== 'object') return escape(node);
    const { type, props, children } = node;
    if (typeof type === 'function') return render(type({ ...props, children }));
    let attributes = '';
    for (const [name, value] of Object.entries(props)) {
        if (value === true) attributes += ` ${name}`;
        else if (value !== false && value !== null) attributes += ` ${name}=\"${escape(value)}\"`;
    }
    return `<${type}${attributes}>${children.map(render).join('')}</${type}>`;
}
const registry = new Map();
";

/// Components of about half a kilobyte each.
const COMPONENTS: usize = 570;

/// How many of them a page has, in turns.
const SHOWN: usize = 60;

/// JavaScript of 300 KB: evaluated it defines components, and a function `page` that renders 50 rows of some of them.
pub fn source() -> String {
    let mut source = String::from(LIBRARY);
    for n in 0..COMPONENTS {
        write!(
            source,
            "
class State{n} {{
    constructor(items, open) {{ this.items = items; this.open = open; this.count = items.length }}
    get label() {{ return this.open ? `entry {n} with ${{this.count}} parts` : 'entry {n}' }}
    classes() {{ return ['entry', 'entry-{n}', this.open && 'open'].filter(Boolean).join(' ') }}
}}
function Entry{n}({{ items, open, title = Entry{n}.title }}) {{
    const state = new State{n}(items, open);
    return h('tr', {{ class: state.classes(), 'data-id': {n}, hidden: !open }},
        h('td', null, title), h('td', null, state.label),
        items.map((item, index) => h('td', {{ key: index }}, item)));
}}
Entry{n}.title = 'title {n}';
registry.set('entry-{n}', Entry{n});
"
        )
        .expect("a string takes it");
    }
    write!(
        source,
        "
function page() {{
    const rows = Array.from({{ length: 50 }}, (_, n) =>
        h(registry.get(`entry-${{n % {SHOWN}}}`), {{ items: [n, `item ${{n}}`], open: n % 3 > 0 }}));
    return render(h('table', null, h('tbody', null, rows)));
}}
"
    )
    .expect("a string takes it");
    source
}
