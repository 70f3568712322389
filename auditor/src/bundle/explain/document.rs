//! A document of titled sections, as text or as HTML.

use std::fmt::Write;

/// Width of a line of text.
const WIDTH: usize = 96;

/// What [`explain`](super::explain) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(super) title: String,
    pub(super) sections: Vec<Section>,
}

/// Some paragraphs under a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    title: &'static str,
    numbered: bool,
    paragraphs: Vec<String>,
}

impl Section {
    pub(super) fn new(title: &'static str, paragraphs: Vec<String>) -> Self {
        Self {
            title,
            numbered: false,
            paragraphs,
        }
    }

    pub(super) fn numbered(title: &'static str, paragraphs: Vec<String>) -> Self {
        Self {
            numbered: true,
            ..Self::new(title, paragraphs)
        }
    }
}

impl Document {
    /// As plain text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.title.to_uppercase());
        for section in &self.sections {
            out.push('\n');
            out.push_str(&section.title.to_uppercase());
            out.push('\n');
            for (number, paragraph) in (1..).zip(&section.paragraphs) {
                let mark = if section.numbered {
                    format!("{number}. ")
                } else {
                    "- ".to_owned()
                };
                wrap(&mark, paragraph, &mut out);
            }
        }
        out
    }

    /// As one HTML page without scripts or links.
    #[must_use]
    pub fn to_html(&self) -> String {
        let title = escape(&self.title);
        let mut out = format!(
            "<!doctype html>\n<html lang=\"es-MX\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
             <style>body{{font:16px/1.5 serif;max-width:46em;margin:2em auto;padding:0 1em;\
             overflow-wrap:anywhere}}</style>\n<h1>{title}</h1>\n"
        );
        for section in &self.sections {
            let list = if section.numbered { "ol" } else { "ul" };
            let items = section.paragraphs.iter();
            let items = items.map(|paragraph| format!("<li>{}</li>\n", escape(paragraph)));
            let written = write!(
                out,
                "<h2>{}</h2>\n<{list}>\n{}</{list}>\n",
                escape(section.title),
                items.collect::<String>()
            );
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
        }
        out
    }
}

/// Breaks a paragraph at blanks; what is longer than a line, such as a hash, stays whole.
fn wrap(mark: &str, paragraph: &str, out: &mut String) {
    let indent = " ".repeat(mark.chars().count());
    let mut line = mark.to_owned();
    let mut empty = true;
    for word in paragraph.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line.clone_from(&indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_and_html_is_escaped() {
        let long = "palabra ".repeat(30);
        let document = Document {
            title: "Título <1>".to_owned(),
            sections: vec![
                Section::new("Uno", vec![long.trim().to_owned()]),
                Section::numbered("Dos", vec!["a & b".to_owned(), "c".repeat(200)]),
            ],
        };
        let text = document.to_text();
        let longest = |line: &&str| line.chars().count() > WIDTH;
        assert_eq!(text.lines().filter(longest).count(), 1, "{text}");
        assert!(text.contains("\n1. a & b\n2. ccc"), "{text}");
        assert_eq!(text.matches("palabra").count(), 30);
        let html = document.to_html();
        assert!(html.contains("<h1>Título &lt;1&gt;</h1>") && html.contains("<li>a &amp; b</li>"));
    }
}
