//! Pages and what is left of them.

use super::reduce_html;

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(reduce_html(html).text, expected, "{html}");
}

#[test]
fn prose_headings_lists_and_code_stay_readable() {
    check(
        "<h2>Advisory</h2><p>One &amp; <b>two</b>\n three.</p><p>Next",
        "## Advisory\n\nOne & two three.\n\nNext",
    );
    check(
        "<ul><li>a</li><li>b <i>c</i></li></ul>after",
        "- a\n- b c\nafter",
    );
    check(
        "<p>Use</p><pre><code>fn a() {\n    b();\n}</code></pre>",
        "Use\n\nfn a() {\n    b();\n}",
    );
    check(
        "<table><tr><th>id</th><td>7</td></tr><tr><td>x</td></tr></table>",
        "id 7\nx",
    );
    check("one<br>two<br/>three", "one\ntwo\nthree");
}

#[test]
fn what_a_person_would_not_see_is_gone() {
    check(
        "a<script>if (1 < 2) alert('</p>')</script>b<style>p{}</style>c",
        "abc",
    );
    check("a<!-- <p>hidden --> b<SCRIPT>x</ScRiPt >c", "a bc");
    check("ig\u{200b}no\u{202e}re &#x202e;me\u{e0041}", "ignore me");
    check("a<template><p>x</p></template>b", "ab");
}

#[test]
fn broken_markup_is_text_or_nothing() {
    check("1 < 2 && 3 > 2", "1 < 2 && 3 > 2");
    check("<p title='a > b'>x", "x");
    check("<p foo\"bar>x", "x");
    check("a<script>never closed", "a");
    check("a<p", "a");
    check(
        "&bogus; &#0; &#xd800; &#99999999;",
        "&bogus; &#0; &#xd800; &#99999999;",
    );
    check("é<ü>ß</", "é<ü>ß</");
}

#[test]
fn the_title_is_one_line() {
    let html =
        "<head><title>\n A &lt;b&gt;\u{1}\u{7f}\n page </title></head><body>x<title>other</title>";
    let reduced = reduce_html(html);
    assert_eq!(
        (reduced.title.as_str(), reduced.text.as_str()),
        ("A <b> page", "x")
    );
}

#[test]
fn a_page_made_to_be_slow_is_not() {
    for piece in ["<", "</", "<p", "<script></", "&", "<!--", "<title>"] {
        let html = piece.repeat(200_000 / piece.len());
        assert!(reduce_html(&html).text.len() <= html.len());
    }
}

#[test]
fn no_page_is_too_strange() {
    let pieces = [
        "<", ">", "</", "p", "pre>", "<script>", "é", "&", "#x41;", "\"", "=", "<!--", "-->", "\n",
    ];
    let count = pieces.len();
    for number in 0..count.pow(4) {
        let digits = (0..4).map(|place| pieces[number / count.pow(place) % count]);
        let html: String = digits.collect();
        let reduced = reduce_html(&html);
        assert!(reduced.text.len() <= html.len() + 8, "{html}");
    }
}
