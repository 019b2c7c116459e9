package prices

import (
	"fmt"
	"math/big"
	"strings"

	"aitrader/internal/sim"
)

// This file says whether two rows about the same symbol and date agree.

// MergeBars returns the fuller of two bars of the same symbol and date. Differs names
// the figures of both where they contradict each other, and is "" where they do not: a
// bar of which only the open is known agrees with a full one that has the same open.
func MergeBars(before, now sim.Bar) (whole sim.Bar, differs string) {
	var different []string
	compare := func(name, a, b string) {
		if a != b {
			different = append(different, fmt.Sprintf("%s %s there and %s here", name, a, b))
		}
	}
	compare("open", before.Open.String(), now.Open.String())
	if !before.OpenOnly && !now.OpenOnly {
		compare("high", before.High.String(), now.High.String())
		compare("low", before.Low.String(), now.Low.String())
		compare("close", before.Close.String(), now.Close.String())
		compare("volume", fmt.Sprint(before.Volume), fmt.Sprint(now.Volume))
	}
	if before.OpenOnly {
		before = now
	}
	return before, strings.Join(different, ", ")
}

// DifferentSplits names the ratios of two splits of the same symbol and date.
func DifferentSplits(before, now sim.Split) string {
	return fmt.Sprintf("ratio %d:%d there and %d:%d here", before.Numerator, before.Denominator, now.Numerator, now.Denominator)
}

// Sum shows the parts of a day, such as 0.25 + 1.5.
func (d *DividendDay) Sum() string {
	amounts := make([]string, len(d.Parts))
	for i, p := range d.Parts {
		amounts[i] = p.Amount.String()
	}
	return strings.Join(amounts, " + ")
}

// like returns the part that a row repeats.
func (d *DividendDay) like(row ListedDividend) ListedDividend {
	for _, p := range d.Parts {
		if p.Amount == row.Amount && (p.Kind == row.Kind || row.Kind == "") {
			return p
		}
	}
	return row
}

// saysRatio reports whether a ratio as it is written is exactly a fraction.
func saysRatio(written string, numerator, denominator int64) bool {
	to, from := sides(written)
	a, okTo := new(big.Rat).SetString(strings.TrimSpace(to))
	b, okFrom := new(big.Rat).SetString(strings.TrimSpace(from))
	return okTo && okFrom && a.Quo(a, b).Cmp(big.NewRat(numerator, denominator)) == 0
}
