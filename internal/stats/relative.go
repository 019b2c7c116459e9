package stats

import "math"

// Relative holds the figures of a curve against a benchmark on the same days.
type Relative struct {
	Alpha            Figure
	Beta             Figure
	InformationRatio Figure
}

// MeasureRelative compares the returns of a curve with those of a benchmark.
func MeasureRelative(r, benchmark []float64) Relative {
	switch {
	case len(r) == 0 && len(benchmark) > 0: // a curve that fell to 0 has no returns
		f := none(Ruined)
		return Relative{f, f, f}
	case len(benchmark) != len(r):
		f := none(NoBenchmark)
		return Relative{f, f, f}
	case len(r) < 2:
		f := none(TooShort)
		return Relative{f, f, f}
	}
	beta := beta(r, benchmark)
	return Relative{Alpha: alpha(r, benchmark, beta), Beta: beta, InformationRatio: informationRatio(r, benchmark)}
}

// beta is cov(r, b)/var(b).
func beta(r, b []float64) Figure {
	if deviation(b) == 0 {
		return none(FlatOther)
	}
	mr, mb := mean(r), mean(b)
	var cov, variance float64
	for i := range r {
		cov += (r[i] - mr) * (b[i] - mb)
		variance += (b[i] - mb) * (b[i] - mb)
	}
	return number(cov / variance)
}

// Correlation is Pearson's coefficient of two series of the same length.
func Correlation(r, b []float64) Figure {
	switch {
	case len(r) < 2:
		return none(TooShort)
	case deviation(r) == 0 || deviation(b) == 0:
		return none(Flat)
	}
	return number(beta(r, b).Value * deviation(b) / deviation(r))
}

// alpha is Jensen's (1968) daily alpha, compounded over a year: (1 + mean(r - beta b))^252 - 1.
func alpha(r, b []float64, beta Figure) Figure {
	if !beta.OK() {
		return beta
	}
	return number(math.Pow(1+mean(r)-beta.Value*mean(b), Year) - 1)
}

// informationRatio is mean(r-b)/sd(r-b), ddof 1, daily: it is not annualized.
func informationRatio(r, b []float64) Figure {
	d := difference(r, b)
	sd := deviation(d)
	if sd == 0 {
		return none(SameAsOther)
	}
	return number(mean(d) / sd)
}

func difference(r, b []float64) []float64 {
	d := make([]float64, len(r))
	for i := range r {
		d[i] = r[i] - b[i]
	}
	return d
}
