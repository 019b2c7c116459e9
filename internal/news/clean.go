package news

import (
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"aitrader/internal/text"
)

// What is shown of an item, in bytes.
const (
	maxTitle   = 300
	maxAddress = 500
	maxText    = 2000
	maxSource  = 100
)

// maxLooked bounds the texts of one item, in bytes. A later date counts even beyond
// the part that is shown, so an item is inspected as a whole or refused.
const maxLooked = 512 << 10

// The marks around quoted texts. They cannot occur in what clean returns.
const (
	openMark  = "<<<"
	closeMark = ">>>"
)

// clean removes invisible characters from a text: control and format characters (which
// change the direction of writing, have no width, or carry hidden text), private and
// unassigned ones, and fillers. Runs of spaces become one plain space; lines and
// paragraphs stay. Nothing remains that could be mistaken for a mark.
func clean(s string) string {
	s = html.UnescapeString(strings.ToValidUTF8(s, ""))
	var out strings.Builder
	out.Grow(len(s))
	space, lines := false, 0
	last := rune(0)
	for _, r := range s {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			lines++
			continue
		case unicode.IsSpace(r):
			space = true
			continue
		case hidden(r):
			continue
		}
		if out.Len() > 0 {
			switch {
			case lines > 1:
				out.WriteString("\n\n")
			case lines == 1:
				out.WriteByte('\n')
			case space || collides(last, r):
				out.WriteByte(' ')
			}
		}
		out.WriteRune(r)
		space, lines, last = false, 0, r
	}
	return out.String()
}

// hidden reports whether a character is invisible, at least in some fonts.
func hidden(r rune) bool {
	switch {
	case r == '\u034f' || r == '\u115f' || r == '\u1160' || r == '\u17b4' || r == '\u17b5' || r == '\u2800' || r == '\u3164' || r == '\uffa0':
		return true // fillers, which have other classes
	case r == utf8.RuneError, unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	return !unicode.IsGraphic(r)
}

// collides reports whether two adjacent characters could form a mark, or one of the
// separators of chat templates ("<|").
func collides(last, r rune) bool {
	switch r {
	case '<', '>':
		return r == last || r == '>' && last == '|'
	case '|':
		return last == '<'
	}
	return false
}

// cut returns at most limit bytes of a text. A cut text ends with " ...".
func cut(s string, limit int) string {
	const more = " ..."
	if len(s) <= limit {
		return s
	}
	return strings.TrimRight(text.ClipWith(s, limit-len(more), ""), " \n") + more
}

// quoted puts a text from outside between marks. An empty text stays empty.
func quoted(s string, limit int) string {
	if s == "" {
		return ""
	}
	return openMark + cut(s, limit) + closeMark
}

// line joins the lines of a text.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// plain returns a text in the form that is inspected: on one line, without the markup
// and underscores that could split a date.
func plain(s string) string {
	return line(strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '*' || r == '`' || r == '[' || r == ']':
			return -1
		case r == '_':
			return ' '
		}
		return r
	}, s))
}

// shownAddress returns an address that can be shown, or "".
func shownAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxAddress || u.User != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	for _, r := range s {
		if r <= ' ' || r > '~' || strings.ContainsRune("<>\"'`\\{}|^", r) {
			return ""
		}
	}
	return s
}

// hostOf returns the host of an address that can be shown.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}
