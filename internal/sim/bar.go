package sim

// Bar is one symbol's trading on one date, raw: not adjusted for splits or
// dividends. Prices are in USD, the volume in shares.
type Bar struct {
	Open, High, Low, Close Money
	Volume                 int64
	// OpenOnly marks a bar of a day that is not over: only Open is known, and
	// High, Low, Close and Volume are zero. The open can be traded.
	OpenOnly bool
}

// Check returns an error that says what is wrong with a bar, or nil.
func (b Bar) Check() error {
	if b.Open <= 0 {
		return Errorf(KindInvalid, "open %s: a positive price is expected", b.Open)
	}
	if b.OpenOnly {
		if b.High != 0 || b.Low != 0 || b.Close != 0 || b.Volume != 0 {
			return Errorf(KindInvalid, "a bar with only an open has other figures")
		}
		return nil
	}
	for _, p := range []struct {
		name  string
		price Money
	}{{"high", b.High}, {"low", b.Low}, {"close", b.Close}} {
		if p.price <= 0 {
			return Errorf(KindInvalid, "%s %s: a positive price is expected", p.name, p.price)
		}
	}
	if b.High < b.Low {
		return Errorf(KindInvalid, "high %s is below low %s", b.High, b.Low)
	}
	if b.Volume < 0 {
		return Errorf(KindInvalid, "volume %d: a number of shares from 0 on is expected", b.Volume)
	}
	return nil
}

// SymbolBar is a bar with its symbol and date: a row of a price file.
type SymbolBar struct {
	Symbol string
	Date   Date
	Bar    Bar
}

// Split is a change of the number of shares: Numerator new shares for each
// Denominator old ones, effective before the open of ExDate.
type Split struct {
	Symbol      string `json:"symbol"`
	ExDate      Date   `json:"ex_date"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
}

// Check returns an error that says what is wrong with a split, or nil.
func (s Split) Check() error {
	if s.Numerator <= 0 || s.Denominator <= 0 {
		return Errorf(KindInvalid, "split %d:%d: positive numbers are expected", s.Numerator, s.Denominator)
	}
	return nil
}

// Dividend is cash per share, paid to the holders before the open of ExDate and
// credited at that open.
type Dividend struct {
	Symbol string   `json:"symbol"`
	ExDate Date     `json:"ex_date"`
	Amount PerShare `json:"amount"`
}

// Check returns an error that says what is wrong with a dividend, or nil.
func (d Dividend) Check() error {
	if d.Amount <= 0 {
		return Errorf(KindInvalid, "dividend %s: a positive amount per share is expected", d.Amount)
	}
	return nil
}

// ValidSymbol reports whether a text can be a ticker: 1 to 12 characters, of
// A-Z, 0-9, dot and hyphen, beginning with a letter or digit. CASH is not one,
// because portfolios use it as a key.
func ValidSymbol(s string) bool {
	if s == "" || len(s) > 12 || s == "CASH" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || (c != '.' && c != '-')) {
			return false
		}
	}
	return true
}
