//! Ways to derive a type from another, or to substitute an element. Start at [`Ways`].

/// A set of ways (XSD 1.0 Part 1 sections 3.3.1, 3.4.1 and 3.14.1): what `block` and `final` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ways(u8);

impl Ways {
    pub(super) const NONE: Self = Self(0);
    pub(super) const EXTENSION: Self = Self(1);
    pub(super) const RESTRICTION: Self = Self(1 << 1);
    pub(super) const SUBSTITUTION: Self = Self(1 << 2);
    pub(super) const LIST: Self = Self(1 << 3);
    pub(super) const UNION: Self = Self(1 << 4);

    /// Both ways to derive a complex type.
    pub(super) const COMPLEX: Self = Self::EXTENSION.and(Self::RESTRICTION);
    /// All ways to use a simple type.
    pub(super) const SIMPLE: Self = Self::COMPLEX.and(Self::LIST).and(Self::UNION);
    /// All that an element may block.
    pub(super) const ELEMENT: Self = Self::COMPLEX.and(Self::SUBSTITUTION);

    /// The way of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "extension" => Self::EXTENSION,
            "restriction" => Self::RESTRICTION,
            "substitution" => Self::SUBSTITUTION,
            "list" => Self::LIST,
            "union" => Self::UNION,
            _ => return None,
        })
    }

    /// The ways of either.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The ways of both.
    pub(super) const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether they have a way in common.
    pub(super) fn meets(self, other: Self) -> bool {
        self.within(other) != Self::NONE
    }
}
