//! Fields of forms, and the forms that may carry a file.

use axum::extract::Multipart;

use super::html::Html;
use super::page::Failure;

/// The fields of a form, in its order.
pub(super) type Fields = Vec<(String, String)>;

/// A form and the file that came with it.
pub(super) struct Upload {
    pub(super) fields: Fields,
    /// Empty where none was chosen.
    pub(super) file: Vec<u8>,
}

/// Reads a form of fields and one file, named `file`.
pub(super) async fn read_upload(mut multipart: Multipart) -> Result<Upload, Failure> {
    let (mut fields, mut file) = (Fields::new(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(|_| Failure::BadForm)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| Failure::BadForm)?.to_vec();
        if name == "file" {
            file = bytes;
        } else {
            let text = String::from_utf8(bytes).map_err(|_| Failure::BadForm)?;
            fields.push((name, text));
        }
    }
    Ok(Upload { fields, file })
}

/// The field of this name; one that comes twice is none of ours.
pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let mut found = fields.iter().filter(|(key, _)| key == name);
    let value = found.next().map(|(_, value)| value.as_str());
    found.next().is_none().then_some(value)?
}

/// The same, trimmed; blank where it is missing.
pub(super) fn text_of(fields: &Fields, name: &str) -> String {
    field(fields, name).unwrap_or_default().trim().to_owned()
}

/// A labelled field of text. `rest` are more attributes, a literal.
pub(super) fn input(label: &'static str, name: &str, value: &str, rest: &'static str) -> Html {
    Html::new()
        .element("<div><label for=\"", name, "\">")
        .element("", label, "</label>")
        .push(&bare_input(label, name, value, rest))
        .raw("</div>")
}

/// A field of text in a table, whose column is its label.
pub(super) fn bare_input(label: &'static str, name: &str, value: &str, rest: &'static str) -> Html {
    Html::new()
        .element("<input id=\"", name, "\" name=\"")
        .element("", name, "\" aria-label=\"")
        .element("", label, "\" value=\"")
        .element("", value, "\" ")
        .raw(rest)
        .raw(">")
}

/// A choice in a table: value and text of each.
pub(super) fn select<'a>(
    label: &'static str,
    name: &str,
    chosen: &str,
    options: impl IntoIterator<Item = (&'a str, String)>,
) -> Html {
    let open = Html::new()
        .element("<select id=\"", name, "\" name=\"")
        .element("", name, "\" aria-label=\"")
        .element("", label, "\">");
    let options = options.into_iter().fold(open, |html, (value, text)| {
        let html = html.element("<option value=\"", value, "\"");
        let html = if value == chosen {
            html.raw(" selected")
        } else {
            html
        };
        html.element(">", text, "</option>")
    });
    options.raw("</select>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_twice_is_none() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let fields = vec![pair("a", " 1 "), pair("b", "1"), pair("b", "2")];
        assert_eq!(field(&fields, "a"), Some(" 1 "));
        assert_eq!(field(&fields, "b"), None);
        assert_eq!(text_of(&fields, "a"), "1");
        assert_eq!(text_of(&fields, "c"), "");
    }

    #[test]
    fn what_was_typed_stays_text() {
        let html = input("Lote", "lot-1", "\"><script>", "maxlength=\"40\"").into_string();
        assert!(
            html.contains("value=\"&quot;&gt;&lt;script&gt;\" maxlength=\"40\">"),
            "{html}"
        );
        let html = select(
            "Razón",
            "r",
            "b",
            [("a", "<x>".to_owned()), ("b", "y".to_owned())],
        );
        let html = html.into_string();
        assert!(
            html.contains("<option value=\"a\">&lt;x&gt;</option>"),
            "{html}"
        );
        assert!(html.contains("<option value=\"b\" selected>y"), "{html}");
    }
}
