//! The limits under which a document is parsed. Start at [`Limits`].

/// Sizes beyond which a document is refused. Each has an error code of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of the body as received.
    pub bytes: usize,
    /// Deepest nesting of elements; the document element has depth 1.
    pub depth: u32,
    /// Most attributes on one element, namespace declarations not counted.
    pub attributes: u32,
    /// Most namespace declarations on one element.
    pub namespaces: u32,
    /// Most nodes in the document: elements, attributes, namespace declarations, texts, comments
    /// and processing instructions.
    pub nodes: u32,
    /// Longest qualified name, in bytes of UTF-8.
    pub name_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The largest customs messages seen (manifests with 99,999 results) stay under 30 MB.
            bytes: 64 << 20,
            // The deepest published schema (ESADout_CU inside ED_Container) needs 14.
            depth: 128,
            // The widest published element type has 12 attributes.
            attributes: 256,
            // The published ESADout_CU samples declare up to 20 on the document element.
            namespaces: 64,
            // 64 MiB at 16 bytes a node: far denser than any real message. At 36 bytes at
            // most it bounds the arena to some 150 MB.
            nodes: 1 << 22,
            // The longest published element name has 66 bytes.
            name_bytes: 512,
        }
    }
}
