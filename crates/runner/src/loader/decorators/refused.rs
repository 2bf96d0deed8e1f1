//! What may not be decorated.

use oxc_ast::ast::{
    AccessorProperty, Decorator, FormalParameter, MethodDefinition, MethodDefinitionKind, PropertyDefinition,
};
use oxc_span::Span;

/// Where it is, what is wrong with it, and what to do.
pub(in super::super) type Refused = (Span, &'static str, &'static str);

/// What decorators stand at.
pub(in super::super) enum Decorated<'n, 'a> {
    Parameter(&'n FormalParameter<'a>),
    Method(&'n MethodDefinition<'a>),
    Field(&'n PropertyDefinition<'a>),
    Accessor(&'n AccessorProperty<'a>),
}

impl<'a> Decorated<'_, 'a> {
    /// Why its decorators have no meaning, if they have none.
    pub(in super::super) fn refused(&self) -> Option<Refused> {
        let decorator = self.decorators().first()?;
        let (message, hint) = match self {
            Self::Parameter(_) => (
                "decorators of parameters are not in the standard",
                "with `experimentalDecorators` in the tsconfig.json they are compiled as TypeScript has them",
            ),
            Self::Method(method) if method.kind == MethodDefinitionKind::Constructor => {
                ("decorators of constructors mean nothing", "decorate the class")
            }
            Self::Method(method) if method.value.body.is_none() => {
                ("decorators of a method without a body mean nothing", "decorate the one that has a body")
            }
            Self::Field(field) if field.declare || field.r#type.is_abstract() => (
                "decorators of a field that is only declared mean nothing",
                "decorate the one that is defined",
            ),
            Self::Accessor(accessor) if accessor.r#type.is_abstract() => (
                "decorators of an accessor that is only declared mean nothing",
                "decorate the one that is defined",
            ),
            _ => return None,
        };
        Some((decorator.span, message, hint))
    }

    fn decorators(&self) -> &[Decorator<'a>] {
        match self {
            Self::Parameter(parameter) => &parameter.decorators,
            Self::Method(method) => &method.decorators,
            Self::Field(field) => &field.decorators,
            Self::Accessor(accessor) => &accessor.decorators,
        }
    }
}
