package news

import (
	"regexp"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Stamp is when something was published, as far as its source says so. The zero
// value is a stamp that says nothing.
type Stamp struct {
	// latest is the last moment that the stamp can mean.
	latest time.Time
	// day is the day, where nothing more is known.
	day sim.Date
	// doubt says why the stamp cannot be used; "" when it can.
	doubt Reason
	given bool
}

// Reason says why an item was refused.
type Reason string

// The reasons for a refusal.
const (
	Undated      Reason = "undated"       // without a date of publication
	RelativeDate Reason = "relative_date" // "4 hours ago": before which now?
	UnclearDate  Reason = "unclear_date"  // no date, or one with several meanings
	AfterBell    Reason = "after_bell"    // published at the bell or later
	LivePage     Reason = "live_page"     // rewritten while things happen
	NamesLater   Reason = "names_later"   // names a day that lies ahead
	TooLarge     Reason = "too_large"     // too long to be looked through
	Empty        Reason = "empty"         // no words at all
)

// Reasons lists all reasons, in the order in which they are looked for.
func Reasons() []Reason {
	return []Reason{Undated, RelativeDate, UnclearDate, AfterBell, Empty, TooLarge, LivePage, NamesLater}
}

// usable returns why the stamp cannot be used, or "".
func (s Stamp) usable() Reason {
	if !s.given {
		return Undated
	}
	return s.doubt
}

// text is how a model is shown the stamp.
func (s Stamp) text() string {
	if !s.day.IsZero() {
		return s.day.String()
	}
	return s.latest.UTC().Format(time.RFC3339)
}

// dayIn returns the day of publication, in a zone where a time is known.
func (s Stamp) dayIn(zone *time.Location) sim.Date {
	if !s.day.IsZero() {
		return s.day
	}
	return sim.DateOf(s.latest.In(zone))
}

// later returns the stamp of something that has two: doubt about one of them is
// doubt about both, and the later one counts.
func later(a, b Stamp) Stamp {
	switch {
	case !b.given, a.given && a.doubt != "":
		return a
	case !a.given, b.doubt != "":
		return b
	case b.latest.After(a.latest):
		return b
	}
	return a
}

func doubtful(why Reason) Stamp { return Stamp{given: true, doubt: why} }

// moment is the stamp of a time.
func moment(t time.Time) Stamp {
	if !plausible(t) {
		return doubtful(UnclearDate)
	}
	return Stamp{given: true, latest: t}
}

// lastZone is where a day ends last. Which zone a date without a time was
// written in is not known.
var lastZone = time.FixedZone("", -12*3600)

// wholeDay is the stamp of a date without a time.
func wholeDay(t time.Time) Stamp {
	if !plausible(t) {
		return doubtful(UnclearDate)
	}
	year, month, day := t.Date()
	return Stamp{given: true, day: sim.DateOf(t), latest: time.Date(year, month, day+1, 0, 0, 0, 0, lastZone)}
}

// plausible is false for the dates of templates and of broken clocks.
func plausible(t time.Time) bool { return t.Year() >= 1990 && t.Year() < 2200 }

// unknownWords stand where a date should: "unknown" is what AI-Trader wrote.
var unknownWords = map[string]bool{"": true, "unknown": true, "n/a": true, "none": true, "null": true, "-": true}

var relativeWords = regexp.MustCompile(`(?i)\bago\b|\b(?:yesterday|today|tomorrow|now|just|` +
	`last|recently|hours?|minutes?|days?|weeks?|months?)\b`)

// The shapes of dates that have one meaning. The layouts alone would not do:
// time.Parse takes single digits for some fields, and any three letters for a
// zone of no offset.
var shapes = []struct {
	shape   *regexp.Regexp
	layouts []string
	stamp   func(time.Time) Stamp
}{
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`), []string{time.RFC3339Nano}, moment},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?[+-]\d{4}$`), []string{"2006-01-02T15:04:05-0700"}, moment},
	{regexp.MustCompile(`^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|UTC)$`), []string{time.RFC1123}, moment},
	{regexp.MustCompile(`^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$`), []string{time.RFC1123Z}, moment},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\d$`), []string{time.DateOnly}, wholeDay},
	{regexp.MustCompile(`^[A-Z][a-z]+ \d{1,2}, \d{4}$`), []string{"Jan 2, 2006", "January 2, 2006"}, wholeDay},
	{regexp.MustCompile(`^\d{1,2} [A-Z][a-z]+ \d{4}$`), []string{"2 Jan 2006", "2 January 2006"}, wholeDay},
}

// ParseStamp reads a date as search engines and pages write it: RFC 3339 and RFC
// 1123 with a zone, or a day ("2025-09-30", "Sep 30, 2025", "30 Sep 2025").
// Everything else is a stamp that cannot be used.
func ParseStamp(text string) Stamp {
	text = strings.TrimSpace(text)
	if unknownWords[strings.ToLower(text)] {
		return Stamp{}
	}
	for _, s := range shapes {
		if !s.shape.MatchString(text) {
			continue
		}
		for _, layout := range s.layouts {
			if t, err := time.Parse(layout, text); err == nil && saneOffset(t) {
				return s.stamp(t)
			}
		}
		return doubtful(UnclearDate)
	}
	if relativeWords.MatchString(text) {
		return doubtful(RelativeDate)
	}
	return doubtful(UnclearDate)
}

// saneOffset is true for the offsets that there are: UTC-12 to UTC+14.
func saneOffset(t time.Time) bool {
	_, seconds := t.Zone()
	return seconds >= -12*3600 && seconds <= 14*3600
}

var vantageShape = regexp.MustCompile(`^\d{8}T\d{6}$`)

// parseVantageStamp reads a time of Alpha Vantage: 20251001T093000, in UTC.
func parseVantageStamp(text string) Stamp {
	if unknownWords[strings.ToLower(strings.TrimSpace(text))] {
		return Stamp{}
	}
	t, err := time.Parse("20060102T150405", text)
	if err != nil || !vantageShape.MatchString(text) {
		return doubtful(UnclearDate)
	}
	return moment(t)
}
