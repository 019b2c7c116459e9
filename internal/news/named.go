package news

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// aheadDays is how far ahead a day without a year is taken to lie. "Dec. 31" in
// an article of February is the end of the past year; "Mar. 31" is to come.
const aheadDays = 92

// How a day can be written. Where it can be read in several ways, all count.
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

// groups calls a function with the groups of each match, until it returns true.
// The next match may begin right behind the first group of the one before: in
// "2024-01-02/10/2/2025" more can be read than follows one another.
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

// horizon is what an item may talk of: days up to today, and today itself only
// when it was published today.
type horizon struct {
	today     sim.Date
	published sim.Date
}

func (h horizon) ahead(d sim.Date) bool {
	return d > h.today || d == h.today && h.published < h.today
}

// namesLater reports whether a text, which [plain] has made, names a day that
// lies ahead.
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

// addressNamesLater does the same for an address, where the year also stands
// last when there is nothing between the numbers.
func (h horizon) addressNamesLater(address string) bool {
	return h.namesLater(address) || groups(compact, address, func(g []string) bool {
		return h.eitherAhead(g[1][4:], g[1][:2], g[1][2:4])
	})
}

// wordsAhead looks at days with the name of a month, and perhaps a year.
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
	// Without a year it is the next such day after the publication, if that is
	// near, and else a past one.
	this := h.published.Time().Year()
	for _, y := range []int{this, this + 1} {
		d, ok := realDay(y, monthNumber(month), day)
		if ok && d > h.published && d <= h.published+aheadDays && h.ahead(d) {
			return true
		}
	}
	return false
}

// numbersAhead looks at a day in numbers. Behind a year comes the month.
func (h horizon) numbersAhead(year, month, day string) bool {
	d, ok := realDay(number(year), number(month), number(day))
	return ok && h.ahead(d)
}

// eitherAhead looks at a day whose numbers may stand either way round: by month
// first, as in the US, or by day.
func (h horizon) eitherAhead(year, one, other string) bool {
	return h.numbersAhead(year, one, other) || h.numbersAhead(year, other, one)
}

// realDay returns a day of the calendar, of the years in which news is dated.
func realDay(year, month, day int) (sim.Date, bool) {
	if year < 1990 || year >= 2200 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	d := sim.NewDate(year, time.Month(month), day)
	return d, d.Time().Day() == day // false where it was carried into the next month
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// monthNumber returns the number of a month by its first letters.
func monthNumber(name string) int {
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(name[:3]))
	return i/3 + 1
}
