//! Decorators and auto-accessors, as the standard has them, as JavaScript that V8 parses.
//!
//! What is decorated stays where it is written, as the same kind of element: keys, the order in which they are evaluated, and
//! private names are V8's. What is added evaluates decorators in the places of keys, and applies them in the first static block:
//!
//! ```text
//! class A {                              let A = ((_d) => class A {
//!   @log m() {}                            static { _d.apply(this, [], true); }
//!   @bound x = 1;                          [_d.element(0, [void 0, log], "m")]() {}
//! }                                        [_d.element(3, [void 0, bound], "x")] = (_d.methods(this), _d.initial(1, this, 1));
//!                                        })(helper());
//! ```
//!
//! A class that is decorated itself can be replaced, and its static elements belong to what replaces it. So they become
//! methods of an object within the class ([`class`] has how), which run when it is known what it is replaced with; static
//! private names are put on that by a class around it, whose constructor returns what it is given.
//!
//! The function that all of it calls (`runtime.js`) is put behind the text of the module, where it is hoisted from and moves no line.
//! All names begin with something that the text has nowhere.
//!
//! `Symbol.metadata` is what is there when a class is evaluated; while there is none, it is `Symbol.for('Symbol.metadata')`.

mod build;
mod class;
mod elements;
mod legacy;
mod names;
mod refused;
mod walk;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_ast_visit::VisitMut;

pub(super) use legacy::can_assign;
pub(super) use refused::{Decorated, Refused};

/// What decorated classes call.
const RUNTIME: &str = include_str!("runtime.js");

/// Lowers all that is decorated, and all auto-accessors; with `is_legacy`, what the older decorators of TypeScript were made
/// calls of has to be there, too. Returns what has to be put behind the text that is printed.
pub(super) fn lower<'a>(
    program: &mut Program<'a>,
    allocator: &'a Allocator,
    text: &str,
    is_legacy: bool,
) -> String {
    let prefix = names::unused_prefix(text);
    let mut walk = walk::Walk::new(allocator, &prefix);
    walk.visit_program(program);
    let helper = walk.helper();
    let mut behind = match walk.is_helper_used() {
        true => RUNTIME.replacen("NAME", helper, 1),
        false => String::new(),
    };
    if is_legacy {
        behind.push_str(&legacy::lower(program, allocator, &prefix));
    }
    behind
}
