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

// maxLooked bounds the texts of one item that are looked through, in bytes. A
// later date beyond what is shown counts too, so all of it is looked through, or
// the item is refused.
const maxLooked = 512 << 10

// The marks around foreign words. They cannot occur in what clean returns.
const (
	openMark  = "<<<"
	closeMark = ">>>"
)

// clean returns a text without what cannot be seen: control and format
// characters (those that turn the direction of writing, have no width, or carry
// hidden text), private and unassigned ones, and fillers. Spaces become plain
// and single, lines and paragraphs stay, and no sign is left that could be
// taken for a mark.
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

// hidden reports whether a character cannot be seen, or not by everybody.
func hidden(r rune) bool {
	switch {
	case r == '\u034f' || r == '\u115f' || r == '\u1160' || r == '\u17b4' || r == '\u17b5' || r == '\u2800' || r == '\u3164' || r == '\uffa0':
		return true // fillers, which have other classes
	case r == utf8.RuneError, unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	return !unicode.IsGraphic(r)
}

// collides reports whether two characters beside each other could make a mark,
// or one of the marks with which models' own messages are divided ("<|").
func collides(last, r rune) bool {
	switch r {
	case '<', '>':
		return r == last || r == '>' && last == '|'
	case '|':
		return last == '<'
	}
	return false
}

// cut returns at most limit bytes of a text, and says when it was longer.
func cut(s string, limit int) string {
	const more = " ..."
	if len(s) <= limit {
		return s
	}
	return strings.TrimRight(text.Clip(s, limit-len(more), ""), " \n") + more
}

// quoted puts foreign words between marks; no words stay none.
func quoted(s string, limit int) string {
	if s == "" {
		return ""
	}
	return openMark + cut(s, limit) + closeMark
}

// line joins the lines of a text.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// plain is a text as it is looked through: in one line, with the signs of markup
// and of joined words gone that could stand within a date.
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
