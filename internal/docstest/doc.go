// Package docstest tests the documentation: it runs every command of the
// Markdown files, checks every configuration with the real loader, and follows
// every link. A command that stops working fails the build, and so does a page
// that promises a flag which does not exist.
//
// Words after the language of a code block say what happens to it; CONTRIBUTING.md
// lists them. All blocks of a page share one shell and one empty folder, in
// the order of the page, as for a reader who follows it from top to bottom.
//
// The package holds nothing but tests:
//
//   - markdown_test.go reads pages: blocks, headings, links.
//   - lint_test.go checks what needs no program: widths, links, anchors.
//   - session_test.go turns a page into a script and runs it.
//   - blocks_test.go checks blocks that cannot run here, as far as possible.
package docstest
