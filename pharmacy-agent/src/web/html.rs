//! HTML, escaped by construction: markup is a literal of this program, everything else is text.

use std::fmt::{Display, Write as _};

/// A piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Markup. Only a literal can be: no input becomes markup.
    #[must_use]
    pub(super) fn raw(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Text, escaped for element content and for quoted attributes alike.
    #[must_use]
    pub(super) fn text(mut self, text: impl Display) -> Self {
        let written = write!(Escaping(&mut self.0), "{text}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        self
    }

    /// Another piece.
    #[must_use]
    pub(super) fn push(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// `<tag>text</tag>`, for the few tags that the pages use.
    #[must_use]
    pub(super) fn element(
        self,
        open: &'static str,
        text: impl Display,
        close: &'static str,
    ) -> Self {
        self.raw(open).text(text).raw(close)
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

struct Escaping<'a>(&'a mut String);

impl std::fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_cannot_leave_its_element_or_its_attribute() {
        let hostile = r#""><script>alert('x')</script>&"#;
        let html = Html::new()
            .element("<b title=\"", hostile, "\"></b>")
            .into_string();
        assert_eq!(
            html,
            "<b title=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\"></b>"
        );
    }

    proptest! {
        #[test]
        fn no_markup_survives(text in "\\PC{0,60}") {
            let html = Html::new().text(&text).into_string();
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
            let back = html
                .replace("&#39;", "'")
                .replace("&quot;", "\"")
                .replace("&gt;", ">")
                .replace("&lt;", "<")
                .replace("&amp;", "&");
            prop_assert_eq!(back, text);
        }
    }
}
