//! Which language a file is in, by its name.

use std::path::Path;

use oxc_span::SourceType;

/// The languages of modules that are code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// JavaScript: it runs as it is.
    JavaScript,
    /// JavaScript with elements.
    Jsx,
    /// TypeScript.
    TypeScript,
    /// TypeScript with elements.
    Tsx,
}

impl Dialect {
    /// By the ending of a file: `.js`, `.mjs` and `.cjs`; `.jsx`; `.ts` and `.mts`; `.tsx`. `None` for any other.
    pub fn of(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_str()? {
            "js" | "mjs" | "cjs" => Self::JavaScript,
            "jsx" => Self::Jsx,
            "ts" | "mts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            _ => return None,
        })
    }

    pub(super) fn source_type(self) -> SourceType {
        match self {
            Self::JavaScript => SourceType::unambiguous(),
            Self::Jsx => SourceType::jsx(),
            Self::TypeScript => SourceType::ts(),
            Self::Tsx => SourceType::tsx(),
        }
    }
}
