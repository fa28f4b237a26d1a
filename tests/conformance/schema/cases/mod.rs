//! Schemas and documents of `constructs`. Start at [`all`].

mod derivation;
mod identity;
mod others;
mod redefinition;

/// All cases.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    let rooms = [
        identity::CASES,
        derivation::CASES,
        redefinition::CASES,
        others::CASES,
    ];
    rooms.into_iter().flatten()
}

/// A schema, and documents that it takes and refuses.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Components of the target namespace `urn:t`, bound to `t`; attributes of `xs:schema` before
    /// them in brackets.
    pub(super) schema: &'static str,
    /// Further schema documents.
    pub(super) more: &'static [(&'static str, &'static str)],
    pub(super) loads: bool,
    valid: &'static [&'static str],
    invalid: &'static [&'static str],
}

impl Case {
    /// The documents and whether they are valid.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let valid = self.valid.iter().map(|text| (*text, true));
        valid.chain(self.invalid.iter().map(|text| (*text, false)))
    }
}

const fn case(
    name: &'static str,
    schema: &'static str,
    valid: &'static [&'static str],
    invalid: &'static [&'static str],
) -> Case {
    Case {
        name,
        schema,
        more: &[],
        loads: true,
        valid,
        invalid,
    }
}

const fn refused(name: &'static str, schema: &'static str) -> Case {
    Case {
        loads: false,
        ..case(name, schema, &[], &[])
    }
}

const fn with(case: Case, more: &'static [(&'static str, &'static str)]) -> Case {
    Case { more, ..case }
}
