//! Where classes are, what they get their names from, and whether their keys wait for something.

use oxc_allocator::{Allocator, ArenaBox, ArenaVec};
use oxc_ast::ast::{
    ArrowFunctionExpression, AssignmentExpression, AssignmentOperator, AssignmentPattern,
    AssignmentTargetPropertyIdentifier, AssignmentTargetWithDefault, AwaitExpression, Class, ClassElement,
    ClassType, Declaration, ExportDefaultDeclarationKind, ExportSpecifier, Expression, FormalParameter,
    Function, ImportOrExportKind, ModuleExportName, ObjectProperty, PropertyDefinition, Statement,
    StaticBlock, VariableDeclaration, VariableDeclarationKind, VariableDeclarator, YieldExpression,
};
use oxc_ast_visit::{VisitMut, walk_mut};
use oxc_span::SPAN;

use oxc_semantic::ScopeFlags;

use super::build::Build;
use super::{class, names};

/// What an expression does that only a function of a kind can.
#[derive(Clone, Copy, Default)]
pub(super) struct Suspends {
    pub(super) awaits: bool,
    pub(super) yields: bool,
}

pub(super) struct Walk<'a> {
    pub(super) build: Build<'a>,
    prefix: &'a str,
    helper: &'a str,
    uses_helper: bool,
    count: u32,
    /// What the next class is called if it has no name.
    hint: Option<&'a str>,
    /// What the expressions of the present function have done so far.
    suspends: Suspends,
    /// What those of the class that was left last have, but for its decorators.
    of_class: Suspends,
}

impl<'a> Walk<'a> {
    pub(super) fn new(allocator: &'a Allocator, prefix: &str) -> Self {
        let build = Build::new(allocator);
        let (prefix, helper) = (build.text(prefix), build.text(&format!("{prefix}helper")));
        Self {
            build,
            prefix,
            helper,
            uses_helper: false,
            count: 0,
            hint: None,
            suspends: Suspends::default(),
            of_class: Suspends::default(),
        }
    }

    pub(super) fn helper(&self) -> &'a str {
        self.helper
    }

    pub(super) fn is_helper_used(&self) -> bool {
        self.uses_helper
    }

    /// A call of the helper.
    pub(super) fn call_helper(&mut self, arguments: Vec<Expression<'a>>) -> Expression<'a> {
        self.uses_helper = true;
        self.build.call(self.build.name(self.helper), arguments)
    }

    /// A name that nothing else has.
    pub(super) fn unique(&mut self) -> &'a str {
        self.count += 1;
        self.build.text(&format!("{}{}", self.prefix, self.count))
    }

    /// What stands for the class that was walked last.
    fn lowered(&mut self, class: &mut Class<'a>, name: Option<&'a str>) -> Option<Expression<'a>> {
        let suspends = std::mem::take(&mut self.of_class);
        let lowered = class::lower(self, class, name, suspends)?;
        self.suspends.awaits |= suspends.awaits;
        self.suspends.yields |= suspends.yields;
        Some(lowered)
    }

    fn hint_for(&mut self, value: Option<&Expression<'a>>, name: Option<&'a str>) {
        if value.is_some_and(|value| matches!(value.without_parentheses(), Expression::ClassExpression(_))) {
            self.hint = name;
        }
    }

    fn in_function(&mut self, walk: impl FnOnce(&mut Self)) {
        let around = std::mem::take(&mut self.suspends);
        walk(self);
        self.suspends = around;
    }

    /// `let A = …`.
    fn declaration(&mut self, class: &mut Class<'a>) -> Option<ArenaBox<'a, VariableDeclaration<'a>>> {
        let id = class.id.clone()?;
        let lowered = self.lowered(class, None)?;
        let mut declaration = self.build.declare(VariableDeclarationKind::Let, id, lowered);
        declaration.span = class.span;
        Some(declaration)
    }

    /// What the statement becomes; also what has to follow it.
    fn lower_statement(&mut self, statement: &mut Statement<'a>) -> Option<Statement<'a>> {
        match statement {
            Statement::ClassDeclaration(class) => {
                let declaration = self.declaration(class)?;
                *statement = Statement::VariableDeclaration(declaration);
            }
            Statement::ExportDeclaration(export) => {
                if let Declaration::ClassDeclaration(class) = &mut export.declaration {
                    let declaration = self.declaration(class)?;
                    export.declaration = Declaration::VariableDeclaration(declaration);
                }
            }
            Statement::ExportDefaultDeclaration(export) => {
                let ExportDefaultDeclarationKind::ClassDeclaration(class) = &mut export.declaration else {
                    return None;
                };
                let Some(id) = class.id.clone() else {
                    export.declaration = self.lowered(class, Some("default"))?.into();
                    return None;
                };
                let declaration = self.declaration(class)?;
                *statement = Statement::VariableDeclaration(declaration);
                let build = &self.build;
                let local = ModuleExportName::new_identifier_reference(SPAN, id.name, build);
                let exported = ModuleExportName::new_identifier_name(SPAN, "default", build);
                let kind = ImportOrExportKind::Value;
                let specifier = ExportSpecifier::new(SPAN, local, exported, kind, build);
                let specifiers = ArenaVec::from_array_in([specifier], build);
                return Some(Statement::new_export_named_declaration(SPAN, specifiers, kind, build));
            }
            _ => {}
        }
        None
    }
}

impl<'a> VisitMut<'a> for Walk<'a> {
    fn visit_statements(&mut self, it: &mut ArenaVec<'a, Statement<'a>>) {
        let mut added = Vec::new();
        for (at, statement) in it.iter_mut().enumerate() {
            self.visit_statement(statement);
            if let Some(next) = self.lower_statement(statement) {
                added.push((at + 1, next));
            }
        }
        // A module has one default export at most.
        for (at, next) in added.into_iter().rev() {
            it.insert(at, next);
        }
    }

    fn visit_expression(&mut self, it: &mut Expression<'a>) {
        let Expression::ClassExpression(class) = it else { return walk_mut::walk_expression(self, it) };
        let hint = self.hint.take();
        self.visit_class(class);
        if let Some(lowered) = self.lowered(class, hint) {
            *it = lowered;
        }
    }

    fn visit_class(&mut self, class: &mut Class<'a>) {
        // Those of a declaration are evaluated where its name is that of the class within.
        let is_declaration = class.r#type == ClassType::ClassDeclaration;
        if !is_declaration {
            self.visit_decorators(&mut class.decorators);
        }
        let around = std::mem::take(&mut self.suspends);
        if is_declaration {
            self.visit_decorators(&mut class.decorators);
        }
        if let Some(heritage) = &mut class.heritage {
            self.visit_expression(&mut heritage.expression);
        }
        for element in &mut class.body.body {
            match element {
                ClassElement::AccessorProperty(accessor) => {
                    self.visit_decorators(&mut accessor.decorators);
                    self.visit_property_key(&mut accessor.key);
                    let name = names::from_key(&self.build, &accessor.key, accessor.computed);
                    self.hint_for(accessor.value.as_ref(), name);
                    if let Some(value) = &mut accessor.value {
                        self.in_function(|walk| walk.visit_expression(value));
                    }
                }
                element => self.visit_class_element(element),
            }
        }
        self.of_class = std::mem::replace(&mut self.suspends, around);
        // They are in its keys, whatever becomes of it.
        self.suspends.awaits |= self.of_class.awaits;
        self.suspends.yields |= self.of_class.yields;
    }

    fn visit_property_definition(&mut self, it: &mut PropertyDefinition<'a>) {
        self.visit_decorators(&mut it.decorators);
        self.visit_property_key(&mut it.key);
        self.hint_for(it.value.as_ref(), names::from_key(&self.build, &it.key, it.computed));
        if let Some(value) = &mut it.value {
            self.in_function(|walk| walk.visit_expression(value));
        }
    }

    fn visit_static_block(&mut self, it: &mut StaticBlock<'a>) {
        self.in_function(|walk| walk_mut::walk_static_block(walk, it));
    }

    fn visit_function(&mut self, it: &mut Function<'a>, flags: ScopeFlags) {
        self.in_function(|walk| walk_mut::walk_function(walk, it, flags));
    }

    fn visit_arrow_function_expression(&mut self, it: &mut ArrowFunctionExpression<'a>) {
        self.in_function(|walk| walk_mut::walk_arrow_function_expression(walk, it));
    }

    fn visit_await_expression(&mut self, it: &mut AwaitExpression<'a>) {
        walk_mut::walk_await_expression(self, it);
        self.suspends.awaits = true;
    }

    fn visit_yield_expression(&mut self, it: &mut YieldExpression<'a>) {
        walk_mut::walk_yield_expression(self, it);
        self.suspends.yields = true;
    }

    fn visit_variable_declarator(&mut self, it: &mut VariableDeclarator<'a>) {
        self.hint_for(it.init.as_ref(), names::of_binding(&it.id));
        walk_mut::walk_variable_declarator(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &mut FormalParameter<'a>) {
        self.hint_for(it.initializer.as_deref(), names::of_binding(&it.pattern));
        walk_mut::walk_formal_parameter(self, it);
    }

    fn visit_assignment_pattern(&mut self, it: &mut AssignmentPattern<'a>) {
        self.hint_for(Some(&it.right), names::of_binding(&it.left));
        walk_mut::walk_assignment_pattern(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &mut AssignmentExpression<'a>) {
        self.hint_for(Some(&it.right), names::of_target(it.operator, &it.left));
        walk_mut::walk_assignment_expression(self, it);
    }

    fn visit_assignment_target_with_default(&mut self, it: &mut AssignmentTargetWithDefault<'a>) {
        self.hint_for(Some(&it.init), names::of_target(AssignmentOperator::Assign, &it.binding));
        walk_mut::walk_assignment_target_with_default(self, it);
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        it: &mut AssignmentTargetPropertyIdentifier<'a>,
    ) {
        self.hint_for(it.init.as_ref(), Some(it.binding.name.into()));
        walk_mut::walk_assignment_target_property_identifier(self, it);
    }

    fn visit_object_property(&mut self, it: &mut ObjectProperty<'a>) {
        self.visit_property_key(&mut it.key);
        self.hint_for(Some(&it.value), names::from_key(&self.build, &it.key, it.computed));
        self.visit_expression(&mut it.value);
    }
}
