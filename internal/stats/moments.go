package stats

import "math"

// noise is the relative size below which a deviation is floating-point rounding: the
// returns of a curve that grows evenly differ by less.
const noise = 1e-13

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// central returns the mean of (x-mean)^k.
func central(x []float64, k int) float64 {
	m := mean(x)
	var sum float64
	for _, v := range x {
		power := 1.0
		for range k {
			power *= v - m
		}
		sum += power
	}
	return sum / float64(len(x))
}

// deviation is the sample standard deviation (ddof 1) of at least two numbers; 0 when
// they are equal except for rounding.
func deviation(x []float64) float64 {
	n := float64(len(x))
	sd := math.Sqrt(central(x, 2) * n / (n - 1))
	if sd <= noise*(1+math.Abs(mean(x))) {
		return 0
	}
	return sd
}

// MeanAndDeviation are the mean and the sample standard deviation (ddof 1) of at least
// two numbers.
func MeanAndDeviation(x []float64) (average, sd float64) { return mean(x), deviation(x) }

// skew is the adjusted Fisher-Pearson coefficient G1 = g1 sqrt(n(n-1))/(n-2), with
// g1 = m3/m2^1.5. It needs three returns.
func skew(x []float64) Figure {
	n := float64(len(x))
	switch {
	case n < 3:
		return none(TooShort)
	case deviation(x) == 0:
		return none(Flat)
	}
	return number(central(x, 3) / math.Pow(central(x, 2), 1.5) * math.Sqrt(n*(n-1)) / (n - 2))
}

// kurtosis is the excess over the normal distribution, adjusted for the size of the
// sample: G2 = (n-1)/((n-2)(n-3)) ((n+1) g2 + 6), with g2 = m4/m2^2 - 3. It needs
// four returns.
func kurtosis(x []float64) Figure {
	n := float64(len(x))
	switch {
	case n < 4:
		return none(TooShort)
	case deviation(x) == 0:
		return none(Flat)
	}
	g2 := central(x, 4)/math.Pow(central(x, 2), 2) - 3
	return number((n - 1) / ((n - 2) * (n - 3)) * ((n+1)*g2 + 6))
}

// quantile interpolates linearly between the order statistics of a sorted,
// non-empty sample (type 7 of Hyndman and Fan).
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
