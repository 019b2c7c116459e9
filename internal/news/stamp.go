package news

import (
	"regexp"
	"strings"
	"time"

	"aitrader/internal/sim"
)

// Stamp is the time of a publication, as far as its source gives it. The zero value is
// an unknown time.
type Stamp struct {
	// latest is the latest moment that the stamp can mean.
	latest time.Time
	// day is the day of a stamp without a time.
	day sim.Date
	// doubt is why the stamp cannot be used; "": it can.
	doubt Reason
	given bool
}

// Reason is why an item was refused.
type Reason string

// The reasons for a refusal.
const (
	Undated      Reason = "undated"       // without a date of publication
	RelativeDate Reason = "relative_date" // "4 hours ago": before which now?
	UnclearDate  Reason = "unclear_date"  // no date, or one with several meanings
	AfterBell    Reason = "after_bell"    // published at the bell or later
	LivePage     Reason = "live_page"     // rewritten as events unfold
	NamesLater   Reason = "names_later"   // names a later day
	TooLarge     Reason = "too_large"     // too long to be inspected
	Empty        Reason = "empty"         // no words at all
)

// Reasons lists all reasons, in the order of the checks.
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

// text returns the stamp as it is shown to a model.
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

// later returns the stamp of an item with two: the later one counts, and doubt about
// one of them is doubt about both.
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

// lastZone is the zone in which a day ends last. The zone of a date without a time is
// unknown.
var lastZone = time.FixedZone("", -12*3600)

// wholeDay is the stamp of a date without a time.
func wholeDay(t time.Time) Stamp {
	if !plausible(t) {
		return doubtful(UnclearDate)
	}
	year, month, day := t.Date()
	return Stamp{given: true, day: sim.DateOf(t), latest: time.Date(year, month, day+1, 0, 0, 0, 0, lastZone)}
}

// plausible is false for dates that come from templates and broken clocks.
func plausible(t time.Time) bool { return t.Year() >= 1990 && t.Year() < 2200 }

// unknownWords are written in the place of a date; "unknown" by AI-Trader.
var unknownWords = map[string]bool{"": true, "unknown": true, "n/a": true, "none": true, "null": true, "-": true}

var relativeWords = regexp.MustCompile(`(?i)\bago\b|\b(?:yesterday|today|tomorrow|now|just|` +
	`last|recently|hours?|minutes?|days?|weeks?|months?)\b`)

// The shapes of unambiguous dates. The layouts alone are not strict enough: time.Parse
// accepts single digits in some fields, and any three letters as a zone without offset.
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
// Any other text gives a stamp that cannot be used.
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

// saneOffset is true for the offsets of real zones: UTC-12 to UTC+14.
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
