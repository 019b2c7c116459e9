package sim

import (
	"maps"
	"slices"
)

// Ledger is cash and holdings. Neither is ever negative or above [MaxMoney] and
// [MaxQuantity], and a symbol that is not held is not in the map.
type Ledger struct {
	Cash     Money               `json:"cash"`
	Holdings map[string]Quantity `json:"holdings"`
}

// NewLedger returns a ledger with cash only.
func NewLedger(cash Money) Ledger {
	return Ledger{Cash: cash, Holdings: map[string]Quantity{}}
}

// Clone returns a copy that shares nothing.
func (l Ledger) Clone() Ledger {
	c := Ledger{Cash: l.Cash, Holdings: make(map[string]Quantity, len(l.Holdings))}
	maps.Copy(c.Holdings, l.Holdings)
	return c
}

// Equal reports whether two ledgers hold the same.
func (l Ledger) Equal(o Ledger) bool { return l.Cash == o.Cash && maps.Equal(l.Holdings, o.Holdings) }

// Symbols returns the symbols held, sorted.
func (l Ledger) Symbols() []string { return slices.Sorted(maps.Keys(l.Holdings)) }

// EntryKind says what an entry does to a ledger.
type EntryKind string

// The kinds of entries.
const (
	EntryBuy      EntryKind = "buy"
	EntrySell     EntryKind = "sell"
	EntrySplit    EntryKind = "split"
	EntryDividend EntryKind = "dividend"
)

// Entry is one immutable fact in a book: a fill, a split or a dividend. Applying
// the entries of a day to its opening ledger gives its closing ledger, always.
type Entry struct {
	Kind   EntryKind `json:"kind"`
	Symbol string    `json:"symbol"`
	// Quantity is the number of shares traded (buy, sell), held after (split)
	// or entitled (dividend).
	Quantity Quantity `json:"quantity"`
	// Price is the fill price with slippage (buy, sell), or the price at which
	// the fraction of a share is paid (split), in USD per share.
	Price Money `json:"price,omitempty"`
	// Commission is the fee of a fill, in USD, on top of its price.
	Commission Money `json:"commission,omitempty"`
	// PerShare is the amount of a dividend, in USD per share.
	PerShare PerShare `json:"per_share,omitempty"`
	// Numerator new shares came for each Denominator old ones (split).
	Numerator   int64 `json:"numerator,omitempty"`
	Denominator int64 `json:"denominator,omitempty"`
	// CashAfter is the cash after the entry, in USD. The fold checks it.
	CashAfter Money `json:"cash_after"`
}

// IsFill reports whether the entry is an executed order.
func (e Entry) IsFill() bool { return e.Kind == EntryBuy || e.Kind == EntrySell }

// Total returns quantity x price of a fill, without the commission.
func (e Entry) Total() Money {
	v, _ := e.Quantity.Times(e.Price)
	return v
}

// Apply executes an order or a corporate action on the ledger and sets the
// entry's CashAfter. On an error, which is of kind invalid_request and names
// the exact figures, the ledger is unchanged.
func (l *Ledger) Apply(e *Entry) error {
	var err error
	switch e.Kind {
	case EntryBuy:
		err = l.buy(e)
	case EntrySell:
		err = l.sell(e)
	case EntrySplit:
		err = l.split(e)
	case EntryDividend:
		err = l.dividend(e)
	default:
		err = Errorf(KindInvalid, "entry of kind %q", e.Kind)
	}
	if err != nil {
		return err
	}
	e.CashAfter = l.Cash
	return nil
}

func (l *Ledger) checkFill(e *Entry) (total Money, err error) {
	if e.Quantity <= 0 || e.Price <= 0 {
		return 0, Errorf(KindInvalid, "%s %s %s at %s: a positive quantity and price are expected", e.Kind, e.Quantity, e.Symbol, e.Price)
	}
	if e.Commission < 0 || e.Commission > MaxMoney {
		return 0, Errorf(KindInvalid, "%s %s %s: the commission %s is not from 0 to %s USD", e.Kind, e.Quantity, e.Symbol, e.Commission, MaxMoney)
	}
	total, ok := e.Quantity.Times(e.Price)
	if !ok {
		return 0, Errorf(KindInvalid, "%s shares of %s at %s are worth more than can be traded (%s USD)", e.Quantity, e.Symbol, e.Price, MaxMoney)
	}
	return total, nil
}

func (l *Ledger) buy(e *Entry) error {
	total, err := l.checkFill(e)
	if err != nil {
		return err
	}
	cost := total + e.Commission
	if cost > l.Cash {
		return Errorf(KindInvalid, "insufficient cash: %s shares of %s at %s cost %s, and %s is available",
			e.Quantity, e.Symbol, e.Price.Fixed2(), cost.Fixed2(), l.Cash.Fixed2()).
			With("required_cash", cost).With("cash", l.Cash)
	}
	if l.Holdings[e.Symbol] > MaxQuantity-e.Quantity {
		return Errorf(KindInvalid, "more than %s shares of %s cannot be held", MaxQuantity, e.Symbol)
	}
	l.Cash -= cost
	l.set(e.Symbol, l.Holdings[e.Symbol]+e.Quantity)
	return nil
}

func (l *Ledger) sell(e *Entry) error {
	total, err := l.checkFill(e)
	if err != nil {
		return err
	}
	held := l.Holdings[e.Symbol]
	if e.Quantity > held {
		return Errorf(KindInvalid, "insufficient shares: %s of %s are to be sold, and %s are held", e.Quantity, e.Symbol, held).
			With("shares_held", held).With("cash", l.Cash)
	}
	proceeds := total - e.Commission
	if l.Cash+proceeds < 0 {
		return Errorf(KindInvalid, "insufficient cash: the commission %s exceeds the proceeds %s and the cash %s",
			e.Commission.Fixed2(), total.Fixed2(), l.Cash.Fixed2()).With("cash", l.Cash)
	}
	if err := l.credit(proceeds); err != nil {
		return err
	}
	l.set(e.Symbol, held-e.Quantity)
	return nil
}

// split replaces a holding by the entry's quantity and pays what is missing to
// the exact ratio at the entry's price.
func (l *Ledger) split(e *Entry) error {
	held := l.Holdings[e.Symbol]
	if e.Numerator <= 0 || e.Denominator <= 0 {
		return Errorf(KindInvalid, "split of %s by %d:%d: positive numbers are expected", e.Symbol, e.Numerator, e.Denominator)
	}
	exact, ok := mulDiv(int64(held), e.Numerator, e.Denominator)
	if !ok || Quantity(exact) > MaxQuantity {
		return Errorf(KindInvalid, "split of %s by %d:%d leaves too many shares", e.Symbol, e.Numerator, e.Denominator)
	}
	fraction := Quantity(exact) - e.Quantity
	if e.Quantity < 0 || fraction < 0 || fraction >= Share {
		return Errorf(KindInvalid, "split of %s shares of %s by %d:%d cannot leave %s", held, e.Symbol, e.Numerator, e.Denominator, e.Quantity)
	}
	paid, ok := fraction.Times(e.Price)
	if !ok || paid < 0 {
		return Errorf(KindInvalid, "split of %s: the price %s is out of range", e.Symbol, e.Price)
	}
	if err := l.credit(paid); err != nil {
		return err
	}
	l.set(e.Symbol, e.Quantity)
	return nil
}

// dividend credits PerShare for each share held to the cash.
func (l *Ledger) dividend(e *Entry) error {
	if held := l.Holdings[e.Symbol]; e.Quantity != held {
		return Errorf(KindInvalid, "dividend of %s for %s shares, and %s are held", e.Symbol, e.Quantity, held)
	}
	paid, ok := e.Quantity.TimesPerShare(e.PerShare)
	if !ok || e.PerShare < 0 {
		return Errorf(KindInvalid, "dividend of %s: the amount %s is out of range", e.Symbol, e.PerShare)
	}
	return l.credit(paid)
}

// credit adds an amount to the cash, which must stay countable.
func (l *Ledger) credit(amount Money) error {
	if l.Cash > MaxMoney-amount {
		return Errorf(KindInvalid, "more than %s USD of cash cannot be held", MaxMoney)
	}
	l.Cash += amount
	return nil
}

func (l *Ledger) set(symbol string, q Quantity) {
	if l.Holdings == nil {
		l.Holdings = map[string]Quantity{}
	}
	if q == 0 {
		delete(l.Holdings, symbol)
		return
	}
	l.Holdings[symbol] = q
}

// Fold applies entries to a copy of an opening ledger and returns the closing
// one. It fails when an entry cannot have happened or when its CashAfter is not
// what the fold gives: then the entries are not a true account.
func Fold(opening Ledger, entries []Entry) (Ledger, error) {
	l := opening.Clone()
	for i, e := range entries {
		stated := e.CashAfter
		if err := l.Apply(&e); err != nil {
			return Ledger{}, Errorf(KindInternal, "entry %d does not follow from the ledger: %w", i, err)
		}
		if e.CashAfter != stated {
			return Ledger{}, Errorf(KindInternal, "entry %d states cash of %s, and the fold gives %s", i, stated, e.CashAfter)
		}
	}
	return l, nil
}
