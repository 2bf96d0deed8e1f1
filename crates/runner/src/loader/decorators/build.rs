//! Nodes of the syntax tree that stand for no text: no source map leads to them.

use oxc_allocator::{Allocator, ArenaBox, ArenaVec, GetAllocator};
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionBody, AssignmentOperator, AssignmentTarget,
    BindingIdentifier, BindingPattern, ChainElement, ClassElement, Expression, FormalParameter,
    FormalParameterKind, FormalParameters, Function, FunctionBody, FunctionType, IdentifierName,
    MethodDefinitionKind, MethodDefinitionType, NumberBase, ObjectPropertyKind, PrivateIdentifier,
    PropertyDefinitionType, PropertyKey, PropertyKind, Statement, VariableDeclaration,
    VariableDeclarationKind, VariableDeclarator,
};
use oxc_ast::builder::{AstBuilder, GetAstBuilder};
use oxc_span::SPAN;

/// Makes nodes.
pub(super) struct Build<'a>(AstBuilder<'a>);

impl<'a> GetAstBuilder<'a> for Build<'a> {
    type Builder = AstBuilder<'a>;

    fn builder(&self) -> &AstBuilder<'a> {
        &self.0
    }
}

impl<'a> GetAllocator<'a> for Build<'a> {
    fn allocator(&self) -> &'a Allocator {
        self.0.allocator()
    }
}

impl<'a> Build<'a> {
    pub(super) fn new(allocator: &'a Allocator) -> Self {
        Self(AstBuilder::new(allocator))
    }

    /// A text that lives as long as the tree.
    pub(super) fn text(&self, text: &str) -> &'a str {
        self.allocator().alloc_str(text)
    }

    pub(super) fn name(&self, name: &'a str) -> Expression<'a> {
        Expression::new_identifier(SPAN, name, self)
    }

    pub(super) fn this(&self) -> Expression<'a> {
        Expression::new_this_expression(SPAN, self)
    }

    pub(super) fn string(&self, text: &'a str) -> Expression<'a> {
        Expression::new_string_literal(SPAN, text, None, self)
    }

    pub(super) fn number(&self, number: u32) -> Expression<'a> {
        Expression::new_numeric_literal(SPAN, f64::from(number), None, NumberBase::Decimal, self)
    }

    pub(super) fn undefined(&self) -> Expression<'a> {
        Expression::new_void_0(SPAN, self)
    }

    /// `object.name`.
    pub(super) fn member(&self, object: Expression<'a>, name: &'a str) -> Expression<'a> {
        let name = IdentifierName::new(SPAN, name, self);
        Expression::new_static_member_expression(SPAN, object, name, false, self)
    }

    /// `object.#name`.
    pub(super) fn private(&self, object: Expression<'a>, name: &'a str) -> Expression<'a> {
        let name = PrivateIdentifier::new(SPAN, name, self);
        Expression::new_private_field_expression(SPAN, object, name, false, self)
    }

    /// `object.#name = value`.
    pub(super) fn set_private(
        &self,
        object: Expression<'a>,
        name: &'a str,
        value: Expression<'a>,
    ) -> Expression<'a> {
        let name = PrivateIdentifier::new(SPAN, name, self);
        let target = AssignmentTarget::new_private_field_expression(SPAN, object, name, false, self);
        Expression::new_assignment_expression(SPAN, AssignmentOperator::Assign, target, value, self)
    }

    /// `#name in object`.
    pub(super) fn has_private(&self, name: &'a str, object: Expression<'a>) -> Expression<'a> {
        let name = PrivateIdentifier::new(SPAN, name, self);
        Expression::new_private_in_expression(SPAN, name, object, self)
    }

    /// The expression, as a chain of its own if it is part of one.
    pub(super) fn chain(&self, expression: Expression<'a>, is_part: bool) -> Expression<'a> {
        let element = match expression {
            Expression::CallExpression(call) if is_part => ChainElement::CallExpression(call),
            Expression::StaticMemberExpression(member) if is_part => {
                ChainElement::StaticMemberExpression(member)
            }
            Expression::ComputedMemberExpression(member) if is_part => {
                ChainElement::ComputedMemberExpression(member)
            }
            Expression::PrivateFieldExpression(member) if is_part => {
                ChainElement::PrivateFieldExpression(member)
            }
            expression => return expression,
        };
        Expression::new_chain_expression(SPAN, element, self)
    }

    pub(super) fn call(
        &self,
        callee: Expression<'a>,
        arguments: impl IntoIterator<Item = Expression<'a>>,
    ) -> Expression<'a> {
        let arguments = ArenaVec::from_iter_in(arguments.into_iter().map(Argument::from), self);
        Expression::new_call_expression(SPAN, callee, None, arguments, false, self)
    }

    pub(super) fn array(&self, elements: impl IntoIterator<Item = Expression<'a>>) -> Expression<'a> {
        let elements = ArenaVec::from_iter_in(elements.into_iter().map(ArrayExpressionElement::from), self);
        Expression::new_array_expression(SPAN, elements, self)
    }

    /// All of them, of which the last one is the value.
    pub(super) fn sequence(&self, mut before: Vec<Expression<'a>>, last: Expression<'a>) -> Expression<'a> {
        if before.is_empty() {
            return last;
        }
        before.push(last);
        Expression::new_sequence_expression(SPAN, ArenaVec::from_iter_in(before, self), self)
    }

    pub(super) fn object(&self, properties: Vec<ObjectPropertyKind<'a>>) -> Expression<'a> {
        Expression::new_object_expression(SPAN, ArenaVec::from_iter_in(properties, self), self)
    }

    /// `name: value`.
    pub(super) fn property(&self, name: &'a str, value: Expression<'a>) -> ObjectPropertyKind<'a> {
        let key = PropertyKey::new_static_identifier(SPAN, name, self);
        ObjectPropertyKind::new_object_property(
            SPAN,
            PropertyKind::Init,
            key,
            value,
            false,
            false,
            false,
            self,
        )
    }

    /// `key() {}`, `get key() {}`, `set key() {}`, where the key is an expression.
    pub(super) fn method_of_object(
        &self,
        kind: PropertyKind,
        key: Expression<'a>,
        function: ArenaBox<'a, Function<'a>>,
    ) -> ObjectPropertyKind<'a> {
        let is_method = kind == PropertyKind::Init;
        let function = Expression::FunctionExpression(function);
        ObjectPropertyKind::new_object_property(
            SPAN,
            kind,
            key.into(),
            function,
            is_method,
            false,
            true,
            self,
        )
    }

    /// A value that has the name which it would have as that of a property: `{ [key]: value }[key]`.
    pub(super) fn named(
        &self,
        value: Expression<'a>,
        key: Expression<'a>,
        again: Expression<'a>,
    ) -> Expression<'a> {
        let property = ObjectPropertyKind::new_object_property(
            SPAN,
            PropertyKind::Init,
            key.into(),
            value,
            false,
            false,
            true,
            self,
        );
        let object = self.object(vec![property]);
        Expression::new_computed_member_expression(SPAN, object, again, false, self)
    }

    fn parameters(&self, kind: FormalParameterKind, names: &[&'a str]) -> ArenaBox<'a, FormalParameters<'a>> {
        let parameters = names.iter().map(|name| {
            let pattern = BindingPattern::new_binding_identifier(SPAN, *name, self);
            FormalParameter::new_plain(SPAN, pattern, self)
        });
        FormalParameters::boxed(SPAN, kind, ArenaVec::from_iter_in(parameters, self), None, self)
    }

    /// `(…names) => body`.
    pub(super) fn arrow(&self, names: &[&'a str], body: Expression<'a>) -> Expression<'a> {
        let parameters = self.parameters(FormalParameterKind::ArrowFormalParameters, names);
        Expression::new_arrow_function_expression(SPAN, false, None, parameters, None, body.into(), self)
    }

    /// `(…names) => { … }`.
    pub(super) fn arrow_of(
        &self,
        is_async: bool,
        names: &[&'a str],
        body: Vec<Statement<'a>>,
    ) -> Expression<'a> {
        let parameters = self.parameters(FormalParameterKind::ArrowFormalParameters, names);
        let body = ArrowFunctionBody::new_function_body(SPAN, [], ArenaVec::from_iter_in(body, self), self);
        Expression::new_arrow_function_expression(SPAN, is_async, None, parameters, None, body, self)
    }

    /// `function (…names) { … }`.
    pub(super) fn function(
        &self,
        is_generator: bool,
        is_async: bool,
        names: &[&'a str],
        body: ArenaVec<'a, Statement<'a>>,
    ) -> ArenaBox<'a, Function<'a>> {
        let parameters = self.parameters(FormalParameterKind::FormalParameter, names);
        let body = FunctionBody::boxed(SPAN, [], body, self);
        Function::boxed(
            SPAN,
            FunctionType::FunctionExpression,
            None,
            is_generator,
            is_async,
            false,
            None,
            None,
            parameters,
            None,
            Some(body),
            self,
        )
    }

    /// A function that does no more than that.
    pub(super) fn doing(&self, names: &[&'a str], statement: Statement<'a>) -> ArenaBox<'a, Function<'a>> {
        self.function(false, false, names, ArenaVec::from_array_in([statement], self))
    }

    pub(super) fn statement(&self, expression: Expression<'a>) -> Statement<'a> {
        Statement::new_expression_statement(SPAN, expression, self)
    }

    pub(super) fn give(&self, expression: Expression<'a>) -> Statement<'a> {
        Statement::new_return_statement(SPAN, Some(expression), self)
    }

    pub(super) fn declare(
        &self,
        kind: VariableDeclarationKind,
        id: BindingIdentifier<'a>,
        value: Expression<'a>,
    ) -> ArenaBox<'a, VariableDeclaration<'a>> {
        let pattern = BindingPattern::BindingIdentifier(ArenaBox::new_in(id, self));
        let declarator = VariableDeclarator::new(SPAN, pattern, None, Some(value), false, self);
        let declarators = ArenaVec::from_array_in([declarator], self);
        VariableDeclaration::boxed(SPAN, kind, declarators, false, self)
    }

    /// `static { … }`.
    pub(super) fn static_block(&self, statement: Statement<'a>) -> ClassElement<'a> {
        ClassElement::new_static_block(SPAN, ArenaVec::from_array_in([statement], self), self)
    }

    /// `#name = value`.
    pub(super) fn private_field(
        &self,
        is_static: bool,
        name: &'a str,
        value: Option<Expression<'a>>,
    ) -> ClassElement<'a> {
        let key = PropertyKey::new_private_identifier(SPAN, name, self);
        let kind = PropertyDefinitionType::PropertyDefinition;
        ClassElement::new_property_definition(
            SPAN,
            kind,
            [],
            key,
            None,
            value,
            false,
            is_static,
            false,
            false,
            false,
            false,
            false,
            None,
            self,
        )
    }

    /// A method of a class, with any kind of key.
    pub(super) fn method(
        &self,
        kind: MethodDefinitionKind,
        is_static: bool,
        is_computed: bool,
        key: PropertyKey<'a>,
        function: ArenaBox<'a, Function<'a>>,
    ) -> ClassElement<'a> {
        ClassElement::new_method_definition(
            SPAN,
            MethodDefinitionType::MethodDefinition,
            [],
            key,
            function,
            kind,
            is_computed,
            is_static,
            false,
            false,
            None,
            self,
        )
    }
}
