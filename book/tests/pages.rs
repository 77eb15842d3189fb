//! What a person would trip over: includes, links, chapters and listings that are not there.
#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All pages of the book.
fn pages() -> Vec<PathBuf> {
    let mut folders = vec![book()];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 8, "the book has chapters");
    pages
}

/// The lines between two anchors.
fn anchored(file: &Path, anchor: &str) -> String {
    let text = read(file);
    let inside = text
        .lines()
        .skip_while(|line| !line.trim_end().ends_with(&format!("ANCHOR: {anchor}")))
        .skip(1)
        .take_while(|line| !line.contains("ANCHOR_END"));
    let listing: Vec<_> = inside.collect();
    assert!(!listing.is_empty(), "{} has no anchor `{anchor}`", file.display());
    assert!(text.contains(&format!("ANCHOR_END: {anchor}")), "{}: `{anchor}` does not end", file.display());
    listing.join("\n")
}

/// The targets of the links in a page, code left out.
fn links(page: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            let prose: Vec<&str> = line.split('`').step_by(2).collect();
            let found = prose
                .join("x")
                .split("](")
                .skip(1)
                .map(|rest| rest.split(')').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>();
            targets.extend(found);
        }
    }
    targets
}

/// As mdBook and GitHub make them of headings.
fn heading_ids(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let id = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    };
    headings.map(id).collect()
}

fn check_links(page: &Path) {
    for link in links(&read(page)) {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (path, id) = link.split_once('#').map_or((link.as_str(), None), |(path, id)| (path, Some(id)));
        let target = if path.is_empty() { page.to_owned() } else { page.with_file_name("").join(path) };
        assert!(target.exists(), "{} links to `{link}`", page.display());
        if let Some(id) = id {
            assert!(
                heading_ids(&read(&target)).iter().any(|known| known == id),
                "{}: no heading `{link}`",
                page.display()
            );
        }
    }
}

#[test]
fn every_include_names_a_file_and_an_anchor_that_exist() {
    let mut seen = 0;
    for page in pages() {
        let text = read(&page);
        for include in text.split("{{#include ").skip(1) {
            let include = include.split("}}").next().unwrap_or_default();
            let (file, anchor) = include.split_once(':').expect("an include has an anchor");
            anchored(&page.with_file_name("").join(file), anchor);
            seen += 1;
        }
    }
    assert!(seen > 3, "the book shows the examples");
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        check_links(&page);
    }
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md"] {
        check_links(&repository().join(page));
    }
}

#[test]
fn every_page_is_in_the_summary_and_compiled() {
    let summary = links(&read(&book().join("SUMMARY.md")));
    let compiled = read(&book().join("../compiled/lib.rs"));
    for page in pages() {
        let path = page.strip_prefix(book()).expect("in the book").to_string_lossy().into_owned();
        if path != "SUMMARY.md" {
            assert!(summary.contains(&path), "the summary lacks {path}");
            assert!(compiled.contains(&format!("\"{path}\"")), "nothing compiles {path}");
        }
    }
}

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let readme = read(&repository().join("README.md"));
    let example = repository().join("examples/greeter/src");
    let listings: Vec<_> = readme.split("```rust\n").skip(1).filter_map(|rest| rest.split_once("\n```")).collect();
    let files = [("lib.rs", "interface"), ("bin/hello.rs", "plugin"), ("main.rs", "host")];
    assert_eq!(listings.len(), files.len());
    for ((listing, _), (file, anchor)) in listings.iter().zip(files) {
        assert_eq!(*listing, anchored(&example.join(file), anchor));
    }
}
