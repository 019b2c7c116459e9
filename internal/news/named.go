package news

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// aheadDays is how many days ahead a day without a year can mean. In an article of
// February "Dec. 31" is the end of the past year, and "Mar. 31" is in the future.
const aheadDays = 92

// The ways to write a day. An ambiguous day counts in all of its meanings.
var (
	months = `(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|` +
		`aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`
	// A day of the month, and the last one of a span such as "28-29".
	days = `(\d{1,2})(?:st|nd|rd|th)?(?:\s?(?:[-/&\x{2010}-\x{2015}]|to|and)\s?(\d{1,2})(?:st|nd|rd|th)?)?`

	monthFirst = regexp.MustCompile(`(?i)\b` + months + `[.,]?[\s/-]?` + days + `\b(?:[\s,./-]{1,2}(\d{4})\b)?`)
	dayFirst   = regexp.MustCompile(`(?i)\b` + days + `[\s./-]{0,2}(?:of\s)?` + months + `(?:[\s,./-]{0,2}(\d{4})\b|\b)`)
	yearFirst  = regexp.MustCompile(`(?:^|\D)(\d{4})\s?[-/.\x{2010}-\x{2015}年]\s?(\d{1,2})\s?[-/.\x{2010}-\x{2015}月]\s?(\d{1,2})(?:\D|$)`)
	yearLast   = regexp.MustCompile(`(?:^|\D)(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d\d)(?:\D|$)`)
	compact    = regexp.MustCompile(`(?:^|\D)(\d{8})(?:\D|$)`)
)

// groups calls found with the groups of each match, until it returns true. Matches may
// overlap, from the end of the first group on: "2024-01-02/10/2/2025" holds more days
// than its consecutive matches.
func groups(pattern *regexp.Regexp, text string, found func(g []string) bool) bool {
	for {
		at := pattern.FindStringSubmatchIndex(text)
		if at == nil {
			return false
		}
		g := make([]string, len(at)/2)
		for i := range g {
			if at[2*i] >= 0 {
				g[i] = text[at[2*i]:at[2*i+1]]
			}
		}
		if found(g) {
			return true
		}
		text = text[at[3]:]
	}
}

// horizon bounds the days that an item may name: up to today, and today only if it was
// published today.
type horizon struct {
	today     sim.Date
	published sim.Date
}

func (h horizon) ahead(d sim.Date) bool {
	return d > h.today || d == h.today && h.published < h.today
}

// namesLater reports whether a text in the form of [plain] names a day beyond the
// horizon.
func (h horizon) namesLater(text string) bool {
	return groups(monthFirst, text, func(g []string) bool { return h.wordsAhead(g[4], g[1], g[2], g[3]) }) ||
		groups(dayFirst, text, func(g []string) bool { return h.wordsAhead(g[4], g[3], g[1], g[2]) }) ||
		groups(yearFirst, text, func(g []string) bool { return h.numbersAhead(g[1], g[2], g[3]) }) ||
		groups(yearLast, text, func(g []string) bool {
			if len(g[3]) == 2 {
				g[3] = "20" + g[3]
			}
			return h.eitherAhead(g[3], g[1], g[2])
		}) ||
		groups(compact, text, func(g []string) bool { return h.numbersAhead(g[1][:4], g[1][4:6], g[1][6:]) })
}

// addressNamesLater is namesLater for an address, in which eight digits may also end
// with the year.
func (h horizon) addressNamesLater(address string) bool {
	return h.namesLater(address) || groups(compact, address, func(g []string) bool {
		return h.eitherAhead(g[1][4:], g[1][:2], g[1][2:4])
	})
}

// wordsAhead checks days with the name of a month, and perhaps a year.
func (h horizon) wordsAhead(year, month string, days ...string) bool {
	for _, day := range days {
		if day != "" && h.wordAhead(year, month, number(day)) {
			return true
		}
	}
	return false
}

func (h horizon) wordAhead(year, month string, day int) bool {
	if year != "" {
		d, ok := realDay(number(year), monthNumber(month), day)
		return ok && h.ahead(d)
	}
	if month[0] >= 'a' {
		return false // "the top 10 may rise"
	}
	// Without a year it is the next such day after the publication if that is near,
	// and a past one otherwise.
	this := h.published.Time().Year()
	for _, y := range []int{this, this + 1} {
		d, ok := realDay(y, monthNumber(month), day)
		if ok && d > h.published && d <= h.published.AddDays(aheadDays) && h.ahead(d) {
			return true
		}
	}
	return false
}

// numbersAhead checks a day that is written in numbers.
func (h horizon) numbersAhead(year, month, day string) bool {
	d, ok := realDay(number(year), number(month), number(day))
	return ok && h.ahead(d)
}

// eitherAhead checks a day whose first number may be the month, as in the US, or the
// day.
func (h horizon) eitherAhead(year, one, other string) bool {
	return h.numbersAhead(year, one, other) || h.numbersAhead(year, other, one)
}

// realDay returns a day that exists, in the years of plausible news.
func realDay(year, month, day int) (sim.Date, bool) {
	if year < 1990 || year >= 2200 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	d := sim.NewDate(year, time.Month(month), day)
	return d, d.Time().Day() == day // false where it overflowed into the next month
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// monthNumber returns the number of a month by its first three letters.
func monthNumber(name string) int {
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(name[:3]))
	return i/3 + 1
}
