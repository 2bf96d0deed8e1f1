//! What becomes of one class.
//!
//! Without decorators of its own it stays as it is, but for its elements ([`elements`](super::elements)). With them:
//!
//! ```text
//! (() => {
//!   const _d = helper([void 0, decorator]);
//!   const A = _d.decorate({ ["A"]: class { … } }["A"], "A");   its name is not bound before it is decorated
//!   return _d.finish(A);                                       static elements, one after another; its initialisers
//! })()
//! ```
//!
//! where those of an expression are evaluated outside, since its name means something else there; and if there are static private names, around the class, since what replaces it has them, too:
//!
//! ```text
//!   class S extends _d.Stamp {
//!     #a = _d.step(2, this);               all steps before are run, too
//!     get #m() { return _d.value(4); }
//!     static [_d.hold(class { … })]() {}   a key: evaluated where `await` and `this` are those around the class
//!   }
//! ```

use oxc_allocator::{ArenaVec, TakeIn};
use oxc_ast::ast::{
    AccessorProperty, ArrayExpressionElement, BindingIdentifier, ChainElement, Class, ClassBody,
    ClassElement, ClassHeritage, ClassType, Decorator, Expression, MethodDefinitionKind, PropertyKey,
    Statement, VariableDeclarationKind,
};
use oxc_span::SPAN;

use super::build::Build;
use super::elements::Elements;
use super::names;
use super::walk::{Suspends, Walk};

/// What stands for a class; `None` if that is the class itself, with what was changed in it.
pub(super) fn lower<'a>(
    walk: &mut Walk<'a>,
    class: &mut Class<'a>,
    hint: Option<&'a str>,
    suspends: Suspends,
) -> Option<Expression<'a>> {
    let is_replaced = !class.decorators.is_empty();
    if !is_replaced && class.body.body.iter().all(is_plain) {
        return None;
    }
    let is_wrapped = is_replaced || class.body.body.iter().any(wants_state);
    let state = walk.unique();
    let elements = class.body.body.take_in(&walk.build);
    let mut lowered = Elements::new(walk, state, is_replaced);
    let has_methods = elements.iter().any(is_decorated_method);
    lowered.begin(has_methods);
    for element in elements {
        lowered.element(element);
    }
    let lowered = lowered.finish(class.span);
    class.body.body = ArenaVec::from_iter_in(lowered.body, &walk.build);
    if !is_wrapped {
        return None;
    }

    let name: Option<&'a str> = class.id.as_ref().map(|id| id.name.into()).or(hint);
    let decorators = class.decorators.take_in(&walk.build);
    let is_declaration = class.r#type == ClassType::ClassDeclaration;
    let mut inner = class.take_in_box(&walk.build);
    inner.r#type = ClassType::ClassExpression;
    inner.r#abstract = false;
    let id = if is_replaced { inner.id.take() } else { None };
    let has_name = inner.id.is_some();
    let mut expression = Expression::ClassExpression(inner);
    if let Some(name) = name.filter(|_| !has_name) {
        let build = &walk.build;
        expression = build.named(expression, build.string(name), build.string(name));
    }
    if !is_replaced {
        let helper = walk.call_helper(Vec::new());
        let body = vec![walk.build.give(expression)];
        return Some(called(&walk.build, suspends, body, Some((state, helper))));
    }

    let span = decorators.first().map_or(SPAN, |decorator| decorator.span);
    let decorators = list(&walk.build, decorators);
    let helper = walk.call_helper(vec![decorators]);
    let build = &walk.build;
    let of = |name| build.member(build.name(state), name);
    let id = id.map_or_else(|| build.text(&format!("{state}class")), |id| id.name.into());
    let id = BindingIdentifier::new(SPAN, id, build);
    let mut finished = vec![build.name(id.name.into())];
    let mut body = Vec::new();
    let mut given = Some((state, helper));
    if let Some((_, helper)) = given.take_if(|_| is_declaration) {
        let state = BindingIdentifier::new(SPAN, state, build);
        let declaration = build.declare(VariableDeclarationKind::Const, state, helper);
        body.push(Statement::VariableDeclaration(declaration));
    }
    if !lowered.around.is_empty() {
        let stamp = build.text(&format!("{state}stamp"));
        body.push(stamped(build, state, stamp, lowered.around, expression));
        expression = build.call(of("held"), []);
        finished.push(build.name(stamp));
    }
    let replaced = build.call(of("decorate"), [expression, build.string(name.unwrap_or_default())]);
    let mut declaration = build.declare(VariableDeclarationKind::Const, id, replaced);
    // Errors of what is no decorator are at the first one.
    declaration.span = span;
    body.push(Statement::VariableDeclaration(declaration));
    body.push(build.give(build.call(of("finish"), finished)));
    Some(called(build, suspends, body, given))
}

/// The function around a class, called where the class was with what is `given` for its parameter.
fn called<'a>(
    build: &Build<'a>,
    suspends: Suspends,
    body: Vec<Statement<'a>>,
    given: Option<(&'a str, Expression<'a>)>,
) -> Expression<'a> {
    let (names, arguments): (Vec<_>, Vec<_>) = given.into_iter().unzip();
    if suspends.yields {
        let body = ArenaVec::from_iter_in(body, build);
        let function = Expression::FunctionExpression(build.function(true, suspends.awaits, &names, body));
        let mut all = vec![build.this()];
        all.extend(arguments);
        let called = build.call(build.member(function, "call"), all);
        return Expression::new_yield_expression(SPAN, true, Some(called), build);
    }
    let called = build.call(build.arrow_of(suspends.awaits, &names, body), arguments);
    match suspends.awaits {
        true => Expression::new_await_expression(SPAN, called, build),
        false => called,
    }
}

/// The class around one that is replaced.
fn stamped<'a>(
    build: &Build<'a>,
    state: &'a str,
    name: &'a str,
    mut elements: Vec<ClassElement<'a>>,
    class: Expression<'a>,
) -> Statement<'a> {
    let of = |name| build.member(build.name(state), name);
    let key = build.call(of("hold"), [class]);
    let nothing = build.function(false, false, &[], ArenaVec::new_in(build));
    elements.push(build.method(MethodDefinitionKind::Method, true, true, key.into(), nothing));
    let body = ClassBody::boxed(SPAN, ArenaVec::from_iter_in(elements, build), build);
    let heritage = ClassHeritage::new(of("Stamp"), None, build);
    let id = BindingIdentifier::new(SPAN, name, build);
    let kind = ClassType::ClassDeclaration;
    Statement::new_class_declaration(
        SPAN,
        kind,
        [],
        Some(id),
        None,
        Some(heritage),
        [],
        body,
        false,
        false,
        build,
    )
}

/// Decorators, each behind what it is called on: `[void 0, a, b, b.c, ...((on) => [on, on.d])(b.c)]`.
pub(super) fn list<'a>(
    build: &Build<'a>,
    decorators: impl IntoIterator<Item = Decorator<'a>>,
) -> Expression<'a> {
    let mut all = Vec::new();
    for decorator in decorators {
        with_receiver(build, decorator.expression, &mut all);
    }
    Expression::new_array_expression(SPAN, ArenaVec::from_iter_in(all, build), build)
}

fn with_receiver<'a>(
    build: &Build<'a>,
    mut expression: Expression<'a>,
    all: &mut Vec<ArrayExpressionElement<'a>>,
) {
    while let Expression::ParenthesizedExpression(inner) = expression {
        expression = inner.unbox().expression;
    }
    // `(a?.b)` is called on `a`, too.
    let is_chain = matches!(expression, Expression::ChainExpression(_));
    if let Expression::ChainExpression(chain) = expression {
        expression = match chain.unbox().expression {
            ChainElement::CallExpression(call) => Expression::CallExpression(call),
            ChainElement::TSNonNullExpression(inner) => Expression::TSNonNullExpression(inner),
            ChainElement::StaticMemberExpression(member) => Expression::StaticMemberExpression(member),
            ChainElement::ComputedMemberExpression(member) => Expression::ComputedMemberExpression(member),
            ChainElement::PrivateFieldExpression(member) => Expression::PrivateFieldExpression(member),
        };
    }
    let object = match &mut expression {
        Expression::StaticMemberExpression(member) => &mut member.object,
        Expression::ComputedMemberExpression(member) => &mut member.object,
        Expression::PrivateFieldExpression(member) => &mut member.object,
        _ => return all.extend([build.undefined().into(), build.chain(expression, is_chain).into()]),
    };
    let same = match object {
        Expression::Super(_) | Expression::ThisExpression(_) => Some(build.this()),
        Expression::Identifier(id) => Some(build.name(id.name.into())),
        _ => None,
    };
    if let Some(same) = same {
        return all.extend([same.into(), build.chain(expression, is_chain).into()]);
    }
    let mut given = vec![build.chain(object.take_in(build), is_chain)];
    *object = build.name("on");
    let mut names = vec!["on"];
    if let Expression::ComputedMemberExpression(member) = &mut expression {
        given.push(member.expression.take_in(build));
        member.expression = build.name("key");
        names.push("key");
    }
    if is_chain {
        // What ended the chain before ends it here.
        match &mut expression {
            Expression::StaticMemberExpression(member) => member.optional = true,
            Expression::ComputedMemberExpression(member) => member.optional = true,
            Expression::PrivateFieldExpression(member) => member.optional = true,
            _ => {}
        }
    }
    let expression = build.chain(expression, is_chain);
    let both = build.arrow(&names, build.array([build.name("on"), expression]));
    all.push(ArrayExpressionElement::new_spread_element(SPAN, build.call(both, given), build));
}

/// Whether it can stay as it is.
fn is_plain(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::MethodDefinition(method) => method.decorators.is_empty(),
        ClassElement::PropertyDefinition(field) => field.decorators.is_empty(),
        ClassElement::AccessorProperty(_) => false,
        ClassElement::StaticBlock(_) | ClassElement::TSIndexSignature(_) => true,
    }
}

/// Whether what becomes of it calls something.
fn wants_state(element: &ClassElement<'_>) -> bool {
    match element {
        ClassElement::AccessorProperty(accessor) => {
            let AccessorProperty { key, computed, decorators, r#static, .. } = &**accessor;
            let is_private = matches!(key, PropertyKey::PrivateIdentifier(_));
            *r#static || !decorators.is_empty() || !is_private && names::of_key(key, *computed).is_none()
        }
        element => !is_plain(element),
    }
}

fn is_decorated_method(element: &ClassElement<'_>) -> bool {
    matches!(element, ClassElement::MethodDefinition(method) if !method.r#static && !method.decorators.is_empty())
}
