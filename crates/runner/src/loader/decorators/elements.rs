//! What becomes of the elements of a class.
//!
//! Decorators are evaluated with the key of their element. A private element has none that is evaluated, so they go before the
//! next key that there is; behind the last one there is one for them, of a method that is deleted.
//!
//! Initialisers run before or after those of the fields around them. They go before the value of the next field; behind the
//! last one there is a private field for them.

use oxc_allocator::{ArenaBox, ArenaVec, TakeIn};
use oxc_ast::ast::{
    AccessorProperty, ClassElement, Decorator, Expression, Function, MethodDefinition, MethodDefinitionKind,
    ObjectPropertyKind, PropertyDefinition, PropertyKey, PropertyKind, Statement, StaticBlock,
};
use oxc_span::{SPAN, Span};

use super::build::Build;
use super::walk::Walk;
use super::{class, names};

/// Kinds of elements, as the helper has them.
const METHOD: u32 = 0;
const GETTER: u32 = 1;
const SETTER: u32 = 2;
const FIELD: u32 = 3;
const ACCESSOR: u32 = 4;
const STATIC: u32 = 8;
const PRIVATE: u32 = 16;

/// Elements that are being lowered.
pub(super) struct Elements<'w, 'a> {
    walk: &'w mut Walk<'a>,
    /// The variable with what the helper has returned.
    state: &'a str,
    /// Whether something may stand for the class when its static elements run.
    is_replaced: bool,
    body: Vec<ClassElement<'a>>,
    /// Those of the class around it.
    around: Vec<ClassElement<'a>>,
    /// To be evaluated with the next key.
    with_key: Vec<Expression<'a>>,
    /// To be evaluated before the value of the next field of instances.
    before_value: Vec<Expression<'a>>,
    decorated: u32,
    kept: u32,
    has_static_accessors: bool,
    /// What the helper has to be told of private elements.
    privates: Vec<Expression<'a>>,
    /// What runs when the class is replaced: what it is, and the methods that do it.
    steps: Vec<Expression<'a>>,
    bodies: Vec<ObjectPropertyKind<'a>>,
}

/// Elements that are lowered.
pub(super) struct Lowered<'a> {
    pub(super) body: Vec<ClassElement<'a>>,
    pub(super) around: Vec<ClassElement<'a>>,
}

impl<'w, 'a> Elements<'w, 'a> {
    pub(super) fn new(walk: &'w mut Walk<'a>, state: &'a str, is_replaced: bool) -> Self {
        Self {
            walk,
            state,
            is_replaced,
            body: Vec::new(),
            around: Vec::new(),
            with_key: Vec::new(),
            before_value: Vec::new(),
            decorated: 0,
            kept: 0,
            has_static_accessors: false,
            privates: Vec::new(),
            steps: Vec::new(),
            bodies: Vec::new(),
        }
    }

    /// Begins; `has_methods` if methods of instances are decorated.
    pub(super) fn begin(&mut self, has_methods: bool) {
        if has_methods {
            let call = self.call("methods", [self.build().this()]);
            self.before_value.push(call);
        }
    }

    fn build(&self) -> &Build<'a> {
        &self.walk.build
    }

    /// A call of something that the helper has returned.
    fn call(&self, name: &'a str, arguments: impl IntoIterator<Item = Expression<'a>>) -> Expression<'a> {
        let build = self.build();
        build.call(build.member(build.name(self.state), name), arguments)
    }

    pub(super) fn element(&mut self, element: ClassElement<'a>) {
        match element {
            ClassElement::StaticBlock(block) => self.block(block),
            ClassElement::MethodDefinition(method) => self.method(method),
            ClassElement::PropertyDefinition(field) => self.field(field),
            ClassElement::AccessorProperty(accessor) => self.accessor(accessor.unbox()),
            ClassElement::TSIndexSignature(_) => {}
        }
    }

    /// Ends: what is left over gets a place, and what is decorated is applied before anything static runs. Errors of that are at
    /// the `span` of the class.
    pub(super) fn finish(mut self, span: Span) -> Lowered<'a> {
        if !self.with_key.is_empty() {
            let spare = self.build().member(self.build().name(self.state), "spare");
            let before = std::mem::take(&mut self.with_key);
            let key = self.build().sequence(before, spare);
            let nothing = self.build().function(false, false, &[], ArenaVec::new_in(self.build()));
            let kind = MethodDefinitionKind::Method;
            let method = self.build().method(kind, true, true, key.into(), nothing);
            self.body.push(method);
        }
        self.rest_of_values();
        let mut first = Vec::new();
        if self.decorated > 0 || self.has_static_accessors {
            let privates = std::mem::take(&mut self.privates);
            let build = self.build();
            let privates = build.array(privates);
            let mut arguments = vec![build.this(), privates];
            if !self.is_replaced {
                arguments.push(Expression::new_boolean_literal(SPAN, true, build));
            }
            first.push(self.call("apply", arguments));
        }
        if !self.steps.is_empty() {
            let mut properties = vec![self.parent(true)];
            properties.append(&mut self.bodies);
            let steps = std::mem::take(&mut self.steps);
            let arguments = [self.build().array(steps), self.build().object(properties)];
            first.push(self.call("steps", arguments));
        }
        if let Some(last) = first.pop() {
            let all = self.build().sequence(first, last);
            // Errors are at the class.
            let statement = Statement::new_expression_statement(span, all, self.build());
            let block = self.build().static_block(statement);
            self.body.insert(0, block);
        }
        Lowered { body: self.body, around: self.around }
    }

    /// `__proto__: …`, so that `super` is that of the class.
    fn parent(&self, is_static: bool) -> ObjectPropertyKind<'a> {
        let build = self.build();
        let home = if is_static { build.this() } else { build.member(build.this(), "prototype") };
        build.property("__proto__", self.call("parent", [home]))
    }

    /// Registers what is decorated, and returns the call that gives back its key.
    fn register(
        &mut self,
        flags: u32,
        decorators: ArenaVec<'a, Decorator<'a>>,
        key: Expression<'a>,
    ) -> (u32, Expression<'a>) {
        let list = class::list(self.build(), decorators);
        let arguments = [self.build().number(flags), list, key];
        let call = self.call("element", arguments);
        self.decorated += 1;
        (self.decorated - 1, call)
    }

    /// The key, with what has to be evaluated before.
    fn hosted(&mut self, key: Expression<'a>) -> PropertyKey<'a> {
        let before = std::mem::take(&mut self.with_key);
        self.build().sequence(before, key).into()
    }

    /// What a key is as an expression.
    fn key_value(&self, key: PropertyKey<'a>) -> Expression<'a> {
        match key {
            PropertyKey::StaticIdentifier(id) => self.build().string(id.name.into()),
            PropertyKey::PrivateIdentifier(id) => {
                self.build().string(self.build().text(&format!("#{}", id.name)))
            }
            key => key.into_expression(),
        }
    }

    fn push_instance_field(&mut self, mut field: ArenaBox<'a, PropertyDefinition<'a>>) {
        if !self.before_value.is_empty() {
            if field.value.as_ref().is_some_and(names::is_anonymous) {
                self.rest_of_values();
            } else {
                let before = std::mem::take(&mut self.before_value);
                let value = field.value.take().unwrap_or_else(|| self.build().undefined());
                field.value = Some(self.build().sequence(before, value));
            }
        }
        self.body.push(ClassElement::PropertyDefinition(field));
    }

    /// A field that nobody sees, for what would have to be before the value of one.
    fn rest_of_values(&mut self) {
        let mut before = std::mem::take(&mut self.before_value);
        if let Some(last) = before.pop() {
            let name = self.walk.unique();
            let value = self.build().sequence(before, last);
            let field = self.build().private_field(false, name, Some(value));
            self.body.push(field);
        }
    }

    /// After a decorated field, or the storage of an accessor.
    fn extra(&mut self, at: u32, is_static: bool) {
        let call = self.call("extra", [self.build().number(at), self.build().this()]);
        if is_static {
            let block = self.build().static_block(self.build().statement(call));
            self.body.push(block);
        } else {
            self.before_value.push(call);
        }
    }

    /// Something static that runs when it is known what the class is replaced with; returns which step it is.
    fn step(
        &mut self,
        what: &'static str,
        which: Option<Expression<'a>>,
        body: ArenaVec<'a, Statement<'a>>,
    ) -> u32 {
        let at = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        let mut step = vec![self.build().string(what)];
        step.extend(which);
        let step = self.build().array(step);
        self.steps.push(step);
        let function = self.build().function(false, false, &[], body);
        let key = self.build().number(at);
        let method = self.build().method_of_object(PropertyKind::Init, key, function);
        self.bodies.push(method);
        at
    }

    /// The same for a value.
    fn value_step(
        &mut self,
        what: &'static str,
        which: Option<Expression<'a>>,
        value: Option<Expression<'a>>,
    ) -> u32 {
        let value = value.unwrap_or_else(|| self.build().undefined());
        let body = ArenaVec::from_array_in([self.build().give(value)], self.build());
        self.step(what, which, body)
    }

    fn block(&mut self, block: ArenaBox<'a, StaticBlock<'a>>) {
        if self.is_replaced {
            let body = block.unbox().body;
            self.step("block", None, body);
        } else {
            self.body.push(ClassElement::StaticBlock(block));
        }
    }

    fn method(&mut self, mut method: ArenaBox<'a, MethodDefinition<'a>>) {
        let is_private = matches!(method.key, PropertyKey::PrivateIdentifier(_));
        let moves = self.is_replaced && method.r#static && is_private;
        if method.decorators.is_empty() && !moves {
            let is_constructor = method.kind == MethodDefinitionKind::Constructor;
            if !is_private && !is_constructor && !self.with_key.is_empty() {
                let key = method.key.take_in(self.build());
                let key = self.key_value(key);
                method.key = self.hosted(key);
                method.computed = true;
            }
            self.body.push(ClassElement::MethodDefinition(method));
            return;
        }
        let kind = match method.kind {
            MethodDefinitionKind::Get => GETTER,
            MethodDefinitionKind::Set => SETTER,
            MethodDefinitionKind::Method | MethodDefinitionKind::Constructor => METHOD,
        };
        let mut flags = kind;
        flags |= if method.r#static { STATIC } else { 0 };
        flags |= if is_private { PRIVATE } else { 0 };
        let decorators = method.decorators.take_in(self.build());
        if !is_private {
            let key = method.key.take_in(self.build());
            let key = self.key_value(key);
            let (_, call) = self.register(flags, decorators, key);
            method.key = self.hosted(call);
            method.computed = true;
            self.body.push(ClassElement::MethodDefinition(method));
            return;
        }
        let MethodDefinition { key, value, r#static, .. } = method.unbox();
        let name = name_of(&key);
        let text = self.key_value(key);
        let (at, call) = self.register(flags, decorators, text);
        self.with_key.push(call);
        let object_kind = match kind {
            GETTER => PropertyKind::Get,
            SETTER => PropertyKind::Set,
            _ => PropertyKind::Init,
        };
        let text = self.hash(name);
        let original = self.build().method_of_object(object_kind, text, value);
        self.private(at, name, r#static, kind, vec![original]);
        self.stand_in(at, name, r#static, kind);
    }

    fn hash(&self, name: &str) -> Expression<'a> {
        self.build().string(self.build().text(&format!("#{name}")))
    }

    /// Tells the helper how to come to a private element, and what it is before it is decorated.
    fn private(
        &mut self,
        at: u32,
        name: &'a str,
        is_static: bool,
        kind: u32,
        originals: Vec<ObjectPropertyKind<'a>>,
    ) {
        let build = self.build();
        let (object, value) = ("object", "value");
        let mut access =
            vec![build.property("has", build.arrow(&[object], build.has_private(name, build.name(object))))];
        if kind != SETTER {
            let get = build.arrow(&[object], build.private(build.name(object), name));
            access.push(build.property("get", get));
        }
        if matches!(kind, SETTER | FIELD | ACCESSOR) {
            let set = build.set_private(build.name(object), name, build.name(value));
            let set = build.arrow_of(false, &[object, value], vec![build.statement(set)]);
            access.push(build.property("set", set));
        }
        let mut told = vec![build.object(access)];
        if !originals.is_empty() {
            let mut properties = vec![self.parent(is_static)];
            properties.extend(originals);
            told.push(build.object(properties));
        }
        let told = build.array([build.number(at), build.array(told)]);
        self.privates.push(told);
    }

    /// What a private element is after that.
    fn stand_in(&mut self, at: u32, name: &'a str, is_static: bool, kind: u32) {
        let parts: &[u32] = if kind == ACCESSOR { &[GETTER, SETTER] } else { &[kind] };
        for part in parts {
            let build = self.build();
            let function = match *part {
                METHOD => build.doing(&[], build.give(self.call("value", [build.number(at)]))),
                GETTER => build.doing(&[], build.give(self.call("get", [build.number(at), build.this()]))),
                _ => {
                    let arguments = [build.number(at), build.this(), build.name("value")];
                    build.doing(&["value"], build.statement(self.call("set", arguments)))
                }
            };
            self.push_private(name, is_static, *part == SETTER, function);
        }
    }

    fn push_private(
        &mut self,
        name: &'a str,
        is_static: bool,
        is_setter: bool,
        function: ArenaBox<'a, Function<'a>>,
    ) {
        let build = self.build();
        let moves = self.is_replaced && is_static;
        let key = PropertyKey::new_private_identifier(SPAN, name, build);
        let kind = if is_setter { MethodDefinitionKind::Set } else { MethodDefinitionKind::Get };
        let method = build.method(kind, is_static && !moves, false, key, function);
        if moves { self.around.push(method) } else { self.body.push(method) }
    }

    /// A private field of the class around, whose value a step gives.
    fn push_stamped(&mut self, name: &'a str, step: u32) {
        let value = self.call("step", [self.build().number(step), self.build().this()]);
        let field = self.build().private_field(false, name, Some(value));
        self.around.push(field);
    }

    /// A value with the name of what it is for, if it gets one.
    fn named(
        &self,
        value: Option<Expression<'a>>,
        key: impl Fn() -> Expression<'a>,
    ) -> Option<Expression<'a>> {
        let value = value?;
        Some(if names::is_anonymous(&value) { self.build().named(value, key(), key()) } else { value })
    }

    fn initial(&self, at: u32, value: Option<Expression<'a>>) -> Expression<'a> {
        let mut arguments = vec![self.build().number(at), self.build().this()];
        arguments.extend(value);
        self.call("initial", arguments)
    }

    /// An expression for the key of what is decorated, or of what is kept, as often as it is needed.
    fn key_again(&self, call: &'a str, at: u32) -> Expression<'a> {
        self.call(call, [self.build().number(at)])
    }

    /// Keeps a key that is computed; returns the expression that evaluates it.
    fn keep(&mut self, key: Expression<'a>) -> (u32, Expression<'a>) {
        let at = self.kept;
        self.kept += 1;
        (at, self.call("keep", [self.build().number(at), key]))
    }

    fn field(&mut self, mut field: ArenaBox<'a, PropertyDefinition<'a>>) {
        let is_private = matches!(field.key, PropertyKey::PrivateIdentifier(_));
        let is_decorated = !field.decorators.is_empty();
        let is_static = field.r#static;
        let moves = self.is_replaced && is_static;
        if !is_decorated && !moves {
            if !is_private && !self.with_key.is_empty() {
                let key = field.key.take_in(self.build());
                let key = self.key_value(key);
                field.key = self.hosted(key);
                field.computed = true;
            }
            if is_static {
                self.body.push(ClassElement::PropertyDefinition(field));
            } else {
                self.push_instance_field(field);
            }
            return;
        }
        let written = names::of_key(&field.key, field.computed);
        let private = is_private.then(|| name_of(&field.key));
        let value = field.value.take();
        let decorators = field.decorators.take_in(self.build());
        let flags = FIELD | if is_static { STATIC } else { 0 } | if is_private { PRIVATE } else { 0 };
        let key = field.key.take_in(self.build());
        let key = self.key_value(key);

        if !is_decorated {
            // It is static, and what replaces the class gets it.
            if let Some(name) = private {
                let value = self.named(value, || self.hash(name));
                let step = self.value_step("private", None, value);
                self.push_stamped(name, step);
            } else if let Some(name) = written {
                let value = self.named(value, || self.build().string(name));
                self.value_step("field", Some(key), value);
            } else {
                let (at, call) = self.keep(key);
                self.with_key.push(call);
                let value = self.named(value, || self.key_again("kept", at));
                let which = self.key_again("kept", at);
                self.value_step("field", Some(which), value);
            }
            return;
        }

        let (at, call) = self.register(flags, decorators, key);
        let value = self.named(value, || match (private, written) {
            (Some(name), _) => self.hash(name),
            (None, Some(name)) => self.build().string(name),
            (None, None) => self.key_again("keyOf", at),
        });
        if let Some(name) = private {
            self.private(at, name, is_static, FIELD, Vec::new());
        }
        if moves {
            self.with_key.push(call);
            let which = Some(self.build().number(at));
            match private {
                Some(name) => {
                    let step = self.value_step("decorated private", which, value);
                    self.push_stamped(name, step);
                }
                None => drop(self.value_step("decorated", which, value)),
            }
            return;
        }
        if let Some(name) = private {
            self.with_key.push(call);
            field.key = PropertyKey::new_private_identifier(SPAN, name, self.build());
        } else {
            field.key = self.hosted(call);
            field.computed = true;
        }
        field.value = Some(self.initial(at, value));
        if is_static {
            self.body.push(ClassElement::PropertyDefinition(field));
        } else {
            self.push_instance_field(field);
        }
        self.extra(at, is_static);
    }

    fn accessor(&mut self, accessor: AccessorProperty<'a>) {
        let AccessorProperty { key, value, computed, r#static: is_static, decorators, .. } = accessor;
        let storage = self.walk.unique();
        let written = names::of_key(&key, computed);
        let private = matches!(key, PropertyKey::PrivateIdentifier(_)).then(|| name_of(&key));
        let moves = self.is_replaced && is_static;
        let is_decorated = !decorators.is_empty();
        let mut flags = ACCESSOR | if is_static { STATIC } else { 0 };
        flags |= if private.is_some() { PRIVATE } else { 0 };

        // The key is evaluated with the getter, and once.
        let mut at = 0;
        let mut again = None;
        let mut getter_key = None;
        let key = self.key_value(key);
        if is_decorated {
            let (index, call) = self.register(flags, decorators, key);
            at = index;
            if private.is_some() {
                self.with_key.push(call);
            } else {
                again = written.is_none().then_some(("keyOf", index));
                getter_key = Some(self.hosted(call));
            }
        } else if private.is_none() {
            let key = match written {
                Some(_) => key,
                None => {
                    let (index, call) = self.keep(key);
                    again = Some(("kept", index));
                    call
                }
            };
            getter_key = Some(self.hosted(key));
        }
        let key_again = |this: &Self| match (private, written, again) {
            (Some(name), ..) => this.hash(name),
            (None, Some(name), _) => this.build().string(name),
            (None, None, Some((call, index))) => this.key_again(call, index),
            (None, None, None) => this.build().undefined(),
        };

        let value = self.named(value, || key_again(self));
        if moves {
            let which = is_decorated.then(|| self.build().number(at));
            let what = if is_decorated { "decorated private" } else { "private" };
            let step = self.value_step(what, which, value);
            self.push_stamped(storage, step);
        } else {
            let value = if is_decorated { Some(self.initial(at, value)) } else { value };
            let ClassElement::PropertyDefinition(field) =
                self.build().private_field(is_static, storage, value)
            else {
                return;
            };
            if is_static {
                self.body.push(ClassElement::PropertyDefinition(field));
            } else {
                self.push_instance_field(field);
            }
            if is_decorated {
                self.extra(at, is_static);
            }
        }

        // A class that extends this one has no storage of its own.
        self.has_static_accessors |= is_static;
        let owner = |this: &Self| if is_static { this.call("owner", []) } else { this.build().this() };
        let build = self.build();
        let get = build.doing(&[], build.give(build.private(owner(self), storage)));
        let set = build.set_private(owner(self), storage, build.name("value"));
        let set = build.doing(&["value"], build.statement(set));
        match (private, getter_key) {
            (None, Some(key)) => {
                let setter_key: PropertyKey<'a> = key_again(self).into();
                let getter = self.build().method(MethodDefinitionKind::Get, is_static, true, key, get);
                let setter = self.build().method(MethodDefinitionKind::Set, is_static, true, setter_key, set);
                self.body.extend([getter, setter]);
            }
            (Some(name), _) if is_decorated => {
                let originals = vec![
                    build.method_of_object(PropertyKind::Get, self.hash(name), get),
                    build.method_of_object(PropertyKind::Set, self.hash(name), set),
                ];
                self.private(at, name, is_static, ACCESSOR, originals);
                self.stand_in(at, name, is_static, ACCESSOR);
            }
            (Some(name), _) => {
                self.push_private(name, is_static, false, get);
                self.push_private(name, is_static, true, set);
            }
            (None, None) => {}
        }
    }
}

/// The name of a private element.
fn name_of<'a>(key: &PropertyKey<'a>) -> &'a str {
    match key {
        PropertyKey::PrivateIdentifier(id) => id.name.into(),
        _ => "",
    }
}
