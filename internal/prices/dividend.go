package prices

import (
	"cmp"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

// maxDividend bounds an amount per share: 100,000 USD.
const maxDividend = sim.PerShare(100_000 * 100_000_000)

// ParseDividend reads an amount in USD per share, rounded to eight decimals: many come
// out of floating point. ok is false where it is not above 0, or above 100,000.
func ParseDividend(text string) (amount sim.PerShare, ok bool) {
	amount, err := sim.RoundPerShare(strings.TrimSpace(text))
	return amount, err == nil && amount > 0 && amount <= maxDividend
}

// ListedDividend is one dividend as a source lists it.
type ListedDividend struct {
	sim.Dividend
	// Kind says what is paid, such as regular or special, in the words of the source; ""
	// where it does not say.
	Kind string
	// Frequency is how often the source says that it is paid; "" where it does not say.
	Frequency string
	// Row is the number of the row in the source.
	Row int
}

// DividendDay is what a share of one symbol is paid on one date.
type DividendDay struct {
	// Dividend holds the sum; zero where Disagree is set.
	sim.Dividend
	// Parts are the dividends that count, in the order of the source.
	Parts []ListedDividend
	// Repeats are rows that say again what a part says.
	Repeats []ListedDividend
	// Disagree are two rows of one kind with different amounts; nil: there are none.
	Disagree *[2]ListedDividend
}

// Unclear reports whether the source does not say that its parts are of several kinds.
func (d *DividendDay) Unclear() bool {
	unnamed := func(p ListedDividend) bool { return p.Kind == "" }
	return len(d.Parts) > 1 && slices.ContainsFunc(d.Parts, unnamed)
}

// SumDividends adds up the dividends of each symbol and date, in that order. Of rows
// with the same amount one counts, unless both say that they are of different kinds.
// Amounts of different kinds add up, such as a regular and a special dividend, and so do
// those of which the kind is not known. Two amounts of one kind disagree. The order of
// the rows plays no part.
func SumDividends(rows []ListedDividend) []DividendDay {
	sorted := slices.Clone(rows)
	byDay := func(a, b ListedDividend) int {
		return cmp.Or(cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.ExDate, b.ExDate))
	}
	slices.SortStableFunc(sorted, byDay)
	var days []DividendDay
	for start := 0; start < len(sorted); {
		end := start + 1
		for end < len(sorted) && byDay(sorted[start], sorted[end]) == 0 {
			end++
		}
		days = append(days, sumDay(sorted[start:end]))
		start = end
	}
	return days
}

// maxParts bounds the different dividends of one symbol and date.
const maxParts = 50

// sumDay adds up the dividends of one symbol and date.
func sumDay(rows []ListedDividend) DividendDay {
	day := DividendDay{Dividend: sim.Dividend{Symbol: rows[0].Symbol, ExDate: rows[0].ExDate}}
	if len(rows) == 1 {
		day.Amount, day.Parts = rows[0].Amount, rows
		return day
	}
	different := day.differentRows(rows)
	if day.Disagree = disagreement(different); day.Disagree != nil {
		return day
	}
	for _, row := range different {
		if day.has(row) || row.Kind == "" && amongNamed(different, row.Amount) {
			day.Repeats = append(day.Repeats, row)
			continue
		}
		day.Parts = append(day.Parts, row)
		day.Amount += row.Amount
	}
	return day
}

// differentRows returns the rows that differ in more than their number. The others are
// repeats.
func (d *DividendDay) differentRows(rows []ListedDividend) []ListedDividend {
	type said struct {
		amount          sim.PerShare
		kind, frequency string
	}
	seen := make(map[said]bool, 1)
	var different []ListedDividend
	for _, row := range rows {
		key := said{row.Amount, row.Kind, row.Frequency}
		if seen[key] {
			d.Repeats = append(d.Repeats, row)
			continue
		}
		seen[key] = true
		different = append(different, row)
	}
	return different
}

// disagreement returns two rows of one kind with different amounts, if there are any. One
// kind that is paid at two frequencies is two kinds. No symbol pays more than maxParts
// dividends on one date.
func disagreement(rows []ListedDividend) *[2]ListedDividend {
	if len(rows) > maxParts {
		return &[2]ListedDividend{rows[0], rows[1]}
	}
	for i, b := range rows {
		for _, a := range rows[:i] {
			sameFrequency := a.Frequency == b.Frequency || a.Frequency == "" || b.Frequency == ""
			if a.Kind != "" && a.Kind == b.Kind && a.Amount != b.Amount && sameFrequency {
				return &[2]ListedDividend{a, b}
			}
		}
	}
	return nil
}

// has reports whether a part says the same as a row.
func (d *DividendDay) has(row ListedDividend) bool {
	same := func(p ListedDividend) bool { return p.Amount == row.Amount && p.Kind == row.Kind }
	return slices.ContainsFunc(d.Parts, same)
}

// amongNamed reports whether a row of a known kind has an amount.
func amongNamed(rows []ListedDividend, amount sim.PerShare) bool {
	return slices.ContainsFunc(rows, func(r ListedDividend) bool { return r.Kind != "" && r.Amount == amount })
}
